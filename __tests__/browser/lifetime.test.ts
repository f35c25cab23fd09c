/** How long a session lives: over a restart of the server, with each visit anew, and not for ever. */
import { describeInBrowser } from '../support/example/in-browser'
import { isSignedIn, signUp } from '../support/example/person'

const HOUR = 60 * 60 * 1000

describeInBrowser('a session', (lab) => {
  async function signedUp() {
    const email = lab.newEmail()
    const page = await lab.newDevice()
    await signUp(page, 'Ada', email)
    const record = async () => (await lab.database.sessionsOf(email))[0]!
    const moveEnd = async (ms: number) => {
      const end = new Date(Date.now() + ms)
      const moved = { $set: { expires: end, 'session.cookie.expires': end } }
      await lab.database.connection
        .collection<{ _id: string }>('sessions')
        .updateOne({ _id: (await record())._id }, moved)
    }
    return { page, record, moveEnd }
  }

  it('goes on when the server is started anew', async () => {
    const { page } = await signedUp()
    await page.goto('/')
    await page.getByRole('button', { name: 'Add Olive oil' }).click()
    await page.getByText('Olive oil is in your cart.').waitFor()
    await page.waitForLoadState('networkidle') // or the page would miss a picture
    await lab.restart()
    expect(await isSignedIn(page)).toBe(true)
    expect(await page.getByRole('link', { name: 'Cart, items: 1' }).isVisible()).toBe(true)
  })

  it('lives on from each visit, in the store and in the browser', async () => {
    const { page, record, moveEnd } = await signedUp()
    const { originalMaxAge } = (await record()).session.cookie
    await moveEnd(HOUR)
    const response = await page.goto('/')
    const { expires } = await record()
    expect(expires.getTime()).toBeGreaterThan(Date.now() + originalMaxAge - HOUR)

    const cookie = await response!.headerValue('Set-Cookie')
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/)
    const ends = Date.parse(/Expires=([^;]+)/.exec(cookie!)![1]!)
    expect(Math.abs(ends - expires.getTime())).toBeLessThan(2000)
    expect(await isSignedIn(page)).toBe(true)
  })

  it('is over when nobody came for long enough, though the browser has its cookie', async () => {
    const { page, moveEnd } = await signedUp()
    await moveEnd(-1)
    expect(await page.context().cookies()).toHaveLength(1)
    expect(await isSignedIn(page)).toBe(false)
  })
})
