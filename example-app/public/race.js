// Starts both requests of the race from one button; without this script, use two tabs
const both = document.querySelector('#both')
const outcome = document.querySelector('#outcome')
both.hidden = false

both.addEventListener('click', async () => {
  if (both.ariaDisabled) return
  both.ariaDisabled = 'true'
  await post('again')
  await show('slow', 'fast')
  outcome.textContent = 'Both requests are running…'
  const slow = run('slow')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await Promise.allSettled([slow, run('fast')])
  await show('outcome')
  outcome.scrollIntoView({ block: 'nearest' })
  both.ariaDisabled = null
})

async function run(name) {
  const lane = document.querySelector(`#${name}`)
  lane.classList.add('running')
  await post(name)
  lane.classList.remove('running')
  await show(name)
}

function post(path) {
  return fetch(`/race/${path}`, { method: 'POST' })
}

/** Shows parts of the page as they are now; screen readers announce the outcome, since it is a status. */
async function show(...ids) {
  const answer = await fetch('/race')
  if (!answer.ok || answer.redirected) return location.reload() // signed out meanwhile
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const id of ids) {
    document.getElementById(id).replaceChildren(...next.getElementById(id).childNodes)
  }
}
