// Starts both requests of the race from one button; without this script, use two tabs
const both = document.querySelector('#both')
const outcome = document.querySelector('#outcome')
const label = both.textContent
both.hidden = false

both.addEventListener('click', async () => {
  if (both.ariaDisabled) return
  both.ariaDisabled = 'true'
  both.textContent = outcome.textContent = 'Both requests are running…'
  for (const result of document.querySelectorAll('.lane .result'))
    result.textContent = 'Not chosen yet'
  const slow = run('slow')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await Promise.allSettled([slow, run('fast')])
  await show()
  both.textContent = label
  both.ariaDisabled = null
})

async function run(name) {
  const lane = document.querySelector(`#${name}`)
  lane.classList.add('running')
  await fetch(`/race/${name}`, { method: 'POST' })
  lane.classList.remove('running')
}

/** Shows the outcome; screen readers announce it, since it is a status. */
async function show() {
  const answer = await fetch('/race')
  if (!answer.ok || answer.redirected) return location.reload() // signed out meanwhile
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const id of ['slow', 'fast', 'outcome']) {
    document.getElementById(id).replaceChildren(...next.getElementById(id).childNodes)
  }
  outcome.scrollIntoView({ block: 'nearest' })
}
