/** A slow request, and what the same person does meanwhile in another tab. */
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../support/example/in-browser'
import { isSignedIn, race, signIn, signOut, signUp } from '../support/example/person'
import { itInFull } from '../support/in-full'

describeInBrowser('while a slow request runs', (lab) => {
  async function signedUp(): Promise<{ email: string; page: Page }> {
    const email = lab.newEmail()
    const page = await lab.newDevice()
    await signUp(page, 'Ada', email)
    return { email, page }
  }

  /** Starts it in a tab of its own, which is there with the answer; it has loaded the session, and waits. */
  async function startSlow(page: Page): Promise<{ answered(): Promise<Page> }> {
    await page.goto('/race')
    const opened = page.context().waitForEvent('page')
    await page.getByRole('button', { name: 'Choose delivery' }).click()
    await lab.delivery.asked()
    return {
      answered() {
        lab.delivery.answer()
        return opened
      },
    }
  }

  it('a fast one in another tab changes the session too, and both changes are kept', async () => {
    const { email, page } = await signedUp()
    const slow = await startSlow(page)
    await page.getByRole('button', { name: 'Choose wrapping' }).click()
    await page.getByText('Brown paper and string').waitFor()
    expect(await page.getByText('Not chosen yet').count()).toBe(1)

    const slowTab = await slow.answered()
    await slowTab.getByText('Both changes are kept').waitFor()
    const [record] = await lab.database.sessionsOf(email)
    expect(record?.session).toMatchObject({
      wrapping: { text: 'Brown paper and string' },
      delivery: { text: 'Tomorrow before noon' },
    })
  })

  it('from one button, each tells what it has saved, and the page says once that both run', async () => {
    const { page } = await signedUp()
    await race(page, lab.delivery)
    const fastIsDone = page.waitForResponse('**/race/fast')
    await page.getByRole('button', { name: 'Run both requests' }).click()
    await page.getByText('Both requests are running…').waitFor()
    await fastIsDone
    await page.locator('#fast').getByText('Brown paper and string').waitFor()
    expect(await page.locator('#slow').getByText('Not chosen yet').count()).toBe(1)
    expect(await page.getByText('Both requests are running…').count()).toBe(1)
    lab.delivery.answer()
    await page.getByText('Both changes are kept').waitFor()
    expect(await page.getByText('Not chosen yet').count()).toBe(0)
  })

  itInFull('a second slow one leaves nothing of the first on the page', async () => {
    const { page } = await signedUp()
    await race(page, lab.delivery)
    const slow = await startSlow(page)
    await page.reload()
    expect(await page.getByText('Both changes are kept').count()).toBe(0)
    const slowTab = await slow.answered()
    await slowTab.getByText('That was not a race').waitFor()
  })

  it('a logout in another tab stays a logout', async () => {
    const { email, page } = await signedUp()
    const slow = await startSlow(page)
    await signOut(page)
    await page.getByText('You have signed out.').waitFor()

    const slowTab = await slow.answered()
    await slowTab.waitForURL(/\/sign-in/) // where it was sent, after it had its answer
    expect(await isSignedIn(page)).toBe(false)
    expect(await isSignedIn(slowTab)).toBe(false)
    expect(await lab.database.sessionsOf(email)).toEqual([])
  })

  itInFull('a logout from another device stays a logout', async () => {
    const { email, page } = await signedUp()
    const other = await lab.newDevice()
    await signIn(other, email)
    const slow = await startSlow(page)
    await other.goto('/devices')
    await other.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await other.getByText('Signed out on 1 other device.').waitFor()

    const slowTab = await slow.answered()
    await slowTab.waitForURL(/\/sign-in/)
    expect(await lab.database.sessionsOf(email)).toHaveLength(1)
  })

  itInFull(
    'the button that starts both shows when each has saved, and can be pressed again',
    async () => {
      const { page } = await signedUp()
      await race(page, lab.delivery)
      expect(await page.getByText(/saved at/).allInnerTexts()).toHaveLength(2)

      const fastIsDone = page.waitForResponse('**/race/fast')
      await page.getByRole('button', { name: 'Run both requests' }).click()
      await fastIsDone
      expect(await page.getByText('Both changes are kept').count()).toBe(0)
      lab.delivery.answer()
      await page.getByText('Both changes are kept').waitFor()
      expect(await page.getByText(/saved at/).allInnerTexts()).toHaveLength(2)

      await page.getByRole('button', { name: 'Clear both choices' }).click()
      await page.getByText('Not chosen yet').first().waitFor()
      expect(await page.getByText('Not chosen yet').count()).toBe(2)
    },
  )
})
