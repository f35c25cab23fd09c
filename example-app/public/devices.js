// Leaves the page when this device is signed out from another
new EventSource('/devices/events').addEventListener('ended', () => location.reload())
