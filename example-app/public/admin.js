// Updates the table after each change event; without this script, reload the page
const place = document.querySelector('#sessions')
const live = document.querySelector('#live')
const events = new EventSource('/admin/events')

events.addEventListener('open', () => {
  live.hidden = false
})
events.addEventListener('error', () => {
  live.hidden = true
})
events.addEventListener('change', async () => {
  const answer = await fetch('/admin/sessions')
  if (events.readyState === EventSource.CLOSED) return
  if (!answer.ok || answer.redirected) return location.reload() // signed out elsewhere
  show(await answer.text())
})

// A reload would take the place of the page that a form leads to, such as that of "Sign out"
addEventListener('submit', () => events.close())

function show(html) {
  const next = new DOMParser().parseFromString(html, 'text/html').body
  const before = new Map(rowsOf(place).map((row) => [row.dataset.session, row.dataset.seen]))
  for (const row of rowsOf(next)) {
    if (before.get(row.dataset.session) !== row.dataset.seen) row.classList.add('changed')
  }
  // Keeps the focus on a button that was focused
  const focused = place.contains(document.activeElement) ? document.activeElement.value : undefined
  place.replaceChildren(...next.childNodes)
  if (focused) place.querySelector(`button[value="${focused}"]`)?.focus()
}

function rowsOf(element) {
  return [...element.querySelectorAll('tr[data-session]')]
}
