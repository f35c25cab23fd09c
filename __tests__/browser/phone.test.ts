/** The example app on a phone: what one does stays in view and keeps the focus, without JavaScript too. */
import type { Locator, Page } from 'playwright-core'
import { describeInBrowser } from '../support/example/in-browser'
import { race, signUp } from '../support/example/person'
import { itInFull } from '../support/in-full'

const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }

async function isInView(locator: Locator): Promise<boolean> {
  const { y = -1, height = 0 } = (await locator.boundingBox()) ?? {}
  return y >= 0 && y + height <= PHONE.viewport.height
}

/** Resolves when the page has loaded and has moved to where its address points. */
function hasFocus(page: Page, selector: string): Promise<void> {
  return page.locator(`${selector}:focus`).waitFor()
}

describeInBrowser('on a phone', (lab) => {
  it.each([
    ['with', true],
    ['without', false],
  ])(
    'the shop keeps what was pressed in view, and tells the sum, %s JavaScript',
    async (_, javaScriptEnabled) => {
      const page = await lab.newDevice({ ...PHONE, javaScriptEnabled })
      await page.goto('/')
      const add = page.getByRole('button', { name: 'Add Dark chocolate' })
      await add.click()
      await hasFocus(page, '#add-chocolate')
      expect(await isInView(add)).toBe(true)
      const summary = page.getByRole('link', { name: /^1 item, €3\.60\s+See the cart$/ })
      expect(await isInView(summary)).toBe(true)

      await summary.click()
      for (const [name, end] of [
        ['One Dark chocolate more', '#more-chocolate'],
        ['One Dark chocolate fewer', '#fewer-chocolate'],
        ['One Dark chocolate fewer', '#cart'],
      ]) {
        await page.getByRole('button', { name: name! }).click()
        await hasFocus(page, end!)
        expect(await isInView(page.locator(end!))).toBe(true)
      }
      await page.getByText('Nothing in it yet.').waitFor()
      expect(await page.getByRole('link', { name: 'See the cart' }).count()).toBe(0)
    },
  )

  itInFull('the keyboard can press the same button again and again', async () => {
    const page = await lab.newDevice(PHONE)
    await page.goto('/')
    await page.getByRole('button', { name: 'Add Olive oil' }).focus()
    for (const count of [1, 2]) {
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: `Cart, items: ${count}` }).waitFor()
      await hasFocus(page, '#add-oil')
    }
    await page.getByRole('button', { name: 'One Olive oil fewer' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Cart, items: 1' }).waitFor()
    await hasFocus(page, '#fewer-oil')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Cart, items: 0' }).waitFor()
    await hasFocus(page, '#cart')
  })

  it.each([320, 360, 430])(
    'at %i pixels, the header is one row, and so is each price with its button',
    async (width) => {
      const page = await lab.newDevice({ ...PHONE, viewport: { width, height: 740 } })
      await page.goto('/')
      const rows = await page.evaluate<[string, number][]>(
        `[...document.querySelectorAll('header, .offer')].map((row) => [
          row.textContent.trim().split(/\\s/)[0],
          Math.round(row.clientHeight - parseFloat(getComputedStyle(row).paddingTop) * 2),
        ])`,
      )
      expect(rows).toHaveLength(7)
      // A button's height
      expect(rows.filter(([, height]) => height > 44)).toEqual([])
      const overhang = 'document.documentElement.scrollWidth - innerWidth'
      expect(await page.evaluate(overhang)).toBe(0)
    },
  )

  it('the menu leads to the pages, and signs out, without JavaScript too', async () => {
    const page = await lab.newDevice({ ...PHONE, javaScriptEnabled: false })
    await signUp(page, 'Ada', lab.newEmail())
    const race = page.getByRole('link', { name: 'Race', exact: true })
    expect(await race.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Menu' }).click()
    await race.click()
    await page.waitForURL('/race')
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
  })

  it('the outcome of a race comes into view, and is announced', async () => {
    const page = await lab.newDevice(PHONE)
    await signUp(page, 'Ada', lab.newEmail())
    await race(page, lab.delivery)
    expect(await isInView(page.getByText('Both changes are kept'))).toBe(true)
    expect(await page.getByRole('status').innerText()).toContain('Both changes are kept')
  })

  itInFull('every button is large enough for a finger', async () => {
    const page = await lab.newDevice(PHONE)
    await signUp(page, 'Ada', lab.newEmail())
    await page.getByRole('button', { name: 'Add Olive oil' }).click()
    await page.waitForURL('/#add-oil')
    for (const path of ['/', '/race', '/devices']) {
      await page.goto(path)
      const small = await page.evaluate<string[]>(
        `[...document.querySelectorAll('button, .button')]
          .filter((button) => button.checkVisibility())
          .filter((button) => Math.min(button.offsetWidth, button.offsetHeight) < 44)
          .map((button) => button.ariaLabel ?? button.textContent)`,
      )
      expect([path, small]).toEqual([path, []])
    }
  })

  itInFull('a name without a space in it makes no page too wide', async () => {
    const page = await lab.newDevice(PHONE)
    const email = lab.newEmail()
    await signUp(page, 'W'.repeat(50), email)
    await lab.database.makeAdmin(email)
    for (const path of ['/devices', '/admin', '/inside']) {
      await page.goto(path)
      const overhang = 'document.documentElement.scrollWidth - innerWidth'
      expect([path, await page.evaluate(overhang)]).toEqual([path, 0])
    }
  })
})
