/** What people do in the example app, each in a browser of their own. */
import type { Page } from 'playwright-core'

export const PASSWORD = 'correct horse battery'

/** By the form alone, without its page, which has tests of its own. */
export function signUp(page: Page, name: string, email: string): Promise<void> {
  return send(page, '/sign-up', { name, email, password: PASSWORD })
}

export function signIn(page: Page, email: string): Promise<void> {
  return send(page, '/sign-in', { email, password: PASSWORD })
}

async function send(page: Page, path: string, form: Record<string, string>): Promise<void> {
  const response = await page.context().request.post(path, { form, maxRedirects: 0 })
  if (response.status() !== 303) throw new Error(`${path} answered ${response.status()}`)
  await page.goto('/')
}

export async function signOut(page: Page): Promise<void> {
  // On a narrow screen, the button is in the menu
  const menu = page.getByRole('button', { name: 'Menu' })
  if (await menu.isVisible()) await menu.click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
}

export async function isSignedIn(page: Page): Promise<boolean> {
  await page.goto('/')
  return (await page.locator('header [action="/sign-out"]').count()) > 0
}

/**
 * Both requests of the race, from one button; afterwards the page shows how it went. `delivery` is
 * what the slow one waits for, if that has to be told to answer.
 */
export async function race(page: Page, delivery?: { answer(): void }): Promise<void> {
  await page.goto('/race')
  const fastIsDone = page.waitForResponse('**/race/fast')
  await page.getByRole('button', { name: 'Run both requests' }).click()
  await fastIsDone
  delivery?.answer()
  await page.getByText('Both changes are kept').waitFor()
}
