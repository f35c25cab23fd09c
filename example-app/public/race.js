// Starts both requests of the race from one button; without this, two tabs do it
const both = document.querySelector('#both')
both.hidden = false

both.addEventListener('click', async () => {
  if (both.ariaDisabled) return
  both.ariaDisabled = 'true'
  both.textContent = 'Both are running…'
  const slow = run('slow')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await Promise.allSettled([slow, run('fast')])
  location.reload()
})

async function run(name) {
  const lane = document.querySelector(`form[action="/race/${name}"]`).closest('.lane')
  lane.classList.add('running')
  await fetch(`/race/${name}`, { method: 'POST' })
  lane.classList.remove('running')
}
