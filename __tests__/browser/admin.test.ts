/** The page of an administrator, which follows what happens in the store. */
import { describeInBrowser } from '../support/example/in-browser'
import { isSignedIn, signOut, signUp } from '../support/example/person'
import { itInFull } from '../support/in-full'

describeInBrowser('an administrator', (lab) => {
  async function administrator(name = 'Root') {
    const email = lab.newEmail()
    const page = await lab.newDevice()
    await signUp(page, name, email)
    await lab.database.makeAdmin(email)
    await page.goto('/')
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    return page
  }

  it('sees somebody come, fill a cart and go, without reloading the page', async () => {
    const admin = await administrator()
    await admin.evaluate('window.isSamePage = true')
    const row = admin.getByRole('row').filter({ hasText: 'Newcomer' })
    const visitor = await lab.newDevice()
    await signUp(visitor, 'Newcomer', lab.newEmail())
    await row.getByRole('cell', { name: '0', exact: true }).waitFor()
    await visitor.getByRole('button', { name: 'Add Mountain tea' }).click()
    await row.getByRole('cell', { name: '1', exact: true }).waitFor()
    await signOut(visitor)
    await row.waitFor({ state: 'detached' })
    expect(await admin.evaluate('window.isSamePage')).toBe(true)
  })

  it('who signs out sees that, though the page follows the end of the own session', async () => {
    const other = await administrator()
    const admin = await administrator('Leaver')
    const row = other.getByRole('row').filter({ hasText: 'Leaver' })
    await row.waitFor()
    await admin.route('**/sign-out', async (route) => {
      const response = await route.fetch({ maxRedirects: 0 })
      // Every page that follows has heard of it by now
      await row.waitFor({ state: 'detached' })
      await route.fulfill({ response })
    })
    await signOut(admin)
    await admin.getByText('You have signed out.').waitFor()
  })

  itInFull(
    'keeps the focus on a button while the table changes, and ends the session by it',
    async () => {
      const visitor = await lab.newDevice()
      await signUp(visitor, 'Unwanted', lab.newEmail())
      const admin = await administrator()
      const row = admin.getByRole('row').filter({ hasText: 'Unwanted' })
      await row.getByRole('button').focus()
      await visitor.getByRole('button', { name: 'Add Rye bread' }).click()
      await row.getByRole('cell', { name: '1', exact: true }).waitFor()
      await admin.keyboard.press('Enter')
      await admin.getByText('That session is over.').waitFor()
      expect(await isSignedIn(visitor)).toBe(false)
    },
  )

  itInFull('sees the same, and can do the same, without JavaScript', async () => {
    const email = lab.newEmail()
    const admin = await lab.newDevice({ javaScriptEnabled: false })
    await signUp(admin, 'Root', email)
    await lab.database.makeAdmin(email)
    const visitor = await lab.newDevice()
    await signUp(visitor, 'Another', lab.newEmail())
    await admin.goto('/admin')
    expect(await admin.getByText('Live', { exact: true }).isVisible()).toBe(false)
    await admin.getByRole('row').filter({ hasText: 'Another' }).getByRole('button').click()
    await admin.getByText('That session is over.').waitFor()
    expect(await isSignedIn(visitor)).toBe(false)
  })
})
