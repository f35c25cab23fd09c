/** "Your devices": two browsers of one person, who ends the one from the other. */
import { describeInBrowser } from '../support/example/in-browser'
import { isSignedIn, PASSWORD, signIn, signOut, signUp } from '../support/example/person'
import { itInFull } from '../support/in-full'

const ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36'

describeInBrowser('the shop', (lab) => {
  describe('two devices of one person', () => {
    async function twoDevices() {
      const email = lab.newEmail()
      const [laptop, phone] = [await lab.newDevice(), await lab.newDevice({ userAgent: ANDROID })]
      await signUp(laptop, 'Ada', email)
      await signIn(phone, email)
      return { email, laptop, phone }
    }

    it('are both in the list, each with its browser, and one signs the other out', async () => {
      const { email, laptop, phone } = await twoDevices()
      await laptop.goto('/devices')
      const devices = laptop.getByRole('main').getByRole('listitem')
      expect(await devices.count()).toBe(2)
      expect(await devices.first().innerText()).toMatch(/on Linux\s+This device.*Last seen now/s)
      expect(await devices.last().innerText()).toMatch(/Chrome on Android\s+Signed in just now/)

      await devices.last().getByRole('button', { name: 'Sign out' }).click()
      await laptop.getByText('That device is signed out.').waitFor()
      expect(await devices.count()).toBe(1)
      expect(await isSignedIn(phone)).toBe(false)
      expect(await isSignedIn(laptop)).toBe(true)
      expect(await lab.database.sessionsOf(email)).toHaveLength(1)
    })

    itInFull('are all signed out but one by "Sign out everywhere else"', async () => {
      const { email, laptop, phone } = await twoDevices()
      const tablet = await lab.newDevice()
      await signIn(tablet, email)
      await phone.goto('/devices')
      await phone.getByRole('button', { name: 'Sign out everywhere else' }).click()
      await phone.getByText('Signed out on 2 other devices.').waitFor()
      expect(await Promise.all([laptop, phone, tablet].map(isSignedIn))).toEqual([
        false,
        true,
        false,
      ])
    })

    itInFull(
      'are signed out one at a time by their own "Sign out", which leaves the cart behind',
      async () => {
        const { laptop, phone } = await twoDevices()
        await laptop.goto('/')
        await laptop.getByRole('button', { name: 'Add Rye bread' }).click()
        await laptop.getByText('Rye bread is in your cart.').waitFor()
        await signOut(laptop)
        await laptop.getByText('You have signed out.').waitFor()
        expect(await laptop.getByText('Nothing in it yet.').isVisible()).toBe(true)
        expect(await isSignedIn(phone)).toBe(true)
      },
    )
  })

  describe('a visitor', () => {
    it('has a cart, takes it along at sign-up, and sees each message once', async () => {
      const page = await lab.newDevice()
      await page.goto('/')
      await page.getByRole('button', { name: 'Add Forest honey' }).click()
      await page.getByRole('button', { name: 'One Forest honey more' }).click()
      expect(await page.getByText('is in your cart').count()).toBe(0)
      await page.getByRole('button', { name: 'Add Dark chocolate' }).click()
      await page.getByRole('button', { name: 'One Dark chocolate fewer' }).click()
      await signUp(page, 'Grace', lab.newEmail())
      expect(await page.getByRole('region', { name: 'Your cart' }).innerText()).toContain('€17.80')
      expect(await page.getByRole('link', { name: 'Cart, items: 2' }).isVisible()).toBe(true)
    })

    itInFull(
      'who wants to see a page for users comes to it after signing up, and signs in again later',
      async () => {
        const page = await lab.newDevice()
        await page.goto('/devices')
        await page.getByText('Please sign in first.').waitFor()
        await page.getByRole('link', { name: 'Sign up' }).click()
        const email = lab.newEmail()
        await page.getByLabel('Name').fill('Ada')
        await page.getByLabel('Email').fill(email)
        await page.getByLabel('Password').fill(PASSWORD)
        await page.getByRole('button', { name: 'Sign up' }).click()
        await page.getByRole('heading', { name: 'Your devices' }).waitFor()

        await signOut(page)
        await page.getByRole('link', { name: 'Sign in' }).click()
        await page.getByLabel('Email').fill(email)
        await page.getByLabel('Password').fill('another password')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByText('No account has this email and password.').waitFor()
        await page.getByLabel('Password').fill(PASSWORD)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByText('Welcome back, Ada.').waitFor()
      },
    )
  })
})
