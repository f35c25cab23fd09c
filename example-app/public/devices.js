// Leaves the page when this device is signed out from another
const events = new EventSource('/devices/events')
events.addEventListener('ended', () => location.reload())
// A reload would take the place of the page that a form leads to, such as that of "Sign out"
addEventListener('submit', () => events.close())
