/** The pages for everybody: axe-core finds nothing, the keyboard reaches all, a phone is wide enough. */
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describeInBrowser } from '../support/example/in-browser'
import { PASSWORD, race, signIn, signOut, signUp } from '../support/example/person'
import { itInFull } from '../support/in-full'

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source) // by the debugger: the page's own policy would refuse it
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.map(
    ({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ target }) => target).join()}`,
  )
}

const LOOKS = [
  { width: 1200, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const

/** Light and dark, wide and narrow. */
async function problems(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    found.push(...(await violations(page)))
    const overhang = await page.evaluate<number>(
      'document.documentElement.scrollWidth - innerWidth',
    )
    if (overhang > 0) found.push(`${page.url()} is ${overhang} px too wide for ${width}`)
  }
  return found
}

const OUTLINE = 'getComputedStyle(document.activeElement).outlineWidth'
const NAME = '(element) => element.ariaLabel || element.id || element.textContent.trim()'

function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(${NAME})(document.activeElement)`)
}

describeInBrowser('the example app', (lab) => {
  itInFull(
    'has no violation that axe-core finds for a visitor, forms with errors included',
    async () => {
      const page = await lab.newDevice()
      const found: string[] = []
      for (const path of ['/', '/sign-in', '/sign-up', '/devices', '/nowhere']) {
        await page.goto(path)
        found.push(...(await problems(page)))
      }
      await page.goto('/sign-up')
      await page.getByLabel('Name').fill('Ada')
      await page.getByLabel('Email').fill('ada@')
      await page.getByLabel('Password').fill('1234567890')
      await page.evaluate('document.querySelector("main form").noValidate = true')
      await page.getByRole('button', { name: 'Sign up' }).click()
      await page.getByText('An email address looks like').waitFor()
      expect(await page.title()).toBe('Error: Sign up · Larder')
      expect(await focused(page)).toBe('email') // the first that is wrong
      found.push(...(await problems(page)))

      await page.goto('/sign-in')
      await page.getByLabel('Email').fill('nobody@example.org')
      await page.getByLabel('Password').fill('1234567890')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('No account has this email and password.').waitFor()
      expect(await page.title()).toBe('Error: Sign in · Larder')
      found.push(...(await problems(page)))
      expect(found).toEqual([])
    },
  )

  it('has no violation that axe-core finds for somebody with two devices', async () => {
    const email = lab.newEmail()
    const page = await lab.newDevice()
    await signUp(page, 'Ada', email)
    await lab.database.makeAdmin(email)
    await signIn(await lab.newDevice(), email)
    await page.goto('/race')
    const found = await problems(page)
    await race(page, lab.delivery)
    found.push(...(await problems(page)))
    await page.goto('/')
    await page.getByRole('button', { name: 'Add Dark chocolate' }).click()
    for (const path of ['/', '/devices', '/inside', '/admin']) {
      if (path !== '/') await page.goto(path)
      found.push(...(await problems(page)))
    }
    await signOut(page)
    await page.getByText('You have signed out.').waitFor()
    found.push(...(await problems(page)))
    expect(found).toEqual([])
  })

  itInFull('has no violation that axe-core finds where somebody is refused', async () => {
    const page = await lab.newDevice()
    await signUp(page, 'Ada', lab.newEmail())
    expect((await page.goto('/admin'))?.status()).toBe(403)
    expect(await problems(page)).toEqual([])
  })

  it('can be used by the keyboard alone, from the skip link to the signed-in page', async () => {
    const page = await lab.newDevice()
    await page.goto('/sign-up')
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    for (const text of ['Ada', lab.newEmail(), PASSWORD]) {
      await page.keyboard.press('Tab')
      await page.keyboard.type(text)
    }
    expect(await page.evaluate<string>(OUTLINE)).toBe('2px')
    await page.keyboard.press('Enter')
    await page.getByText('Welcome, Ada.').waitFor()
  })

  itInFull(
    'has each of its controls within reach of the Tab key, with a mark where one is',
    async () => {
      const email = lab.newEmail()
      const page = await lab.newDevice()
      await signUp(page, 'Ada', email)
      await signIn(await lab.newDevice(), email)
      await page.getByRole('button', { name: 'Add Olive oil' }).click()
      await page.waitForURL('/#add-oil')
      for (const path of ['/', '/devices', '/race', '/inside']) {
        await page.goto(path)
        const controls = await page.evaluate<
          string[]
        >(`[...document.querySelectorAll('a, button, pre')]
        .filter((control) => control.checkVisibility())
        .map((control) => (${NAME})(control))`)
        const reached = []
        for (const _ of controls) {
          await page.keyboard.press('Tab')
          reached.push(await focused(page))
          expect(await page.evaluate<string>(OUTLINE)).toBe('2px')
        }
        expect([path, reached]).toEqual([path, controls])
      }
    },
  )
})
