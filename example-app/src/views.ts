/** The pages: functions from data to HTML. */
import { inspect } from 'node:util'
import type { SessionData } from 'express-session'
import { type Cart, linesOf, PRODUCTS, type Product, totalOf } from './cart.js'
import { type Html, html } from './html.js'

type User = SessionData['user']

export interface Shop {
  user: User | undefined
  visits: number
  cart: Cart
  /** What is wrong with the name that was sent. */
  nameError?: string
}

export function shopPage({ user, visits, cart, nameError }: Shop): string {
  const main = html`
    <h1>Shop</h1>
    <p>You have opened this page <strong>${visits}</strong> ${visits === 1 ? 'time' : 'times'}.</p>
    ${user ? signedIn(user) : signInForm(nameError)}
    <section aria-labelledby="products">
      <h2 id="products">Products</h2>
      <ul class="products">${PRODUCTS.map(productItem)}</ul>
    </section>
    <section aria-labelledby="cart">
      <h2 id="cart">Cart</h2>
      ${linesOf(cart).length > 0 ? cartTable(cart) : html`<p>It is empty.</p>`}
    </section>`
  return page('Shop', '/', main)
}

function signInForm(error: string | undefined): Html {
  const describedBy = error ? html`aria-invalid="true" aria-describedby="name-error"` : ''
  return html`
    <form method="post" action="/sign-in">
      <label for="name">Your name</label>
      <input id="name" name="name" required maxlength="50" autocomplete="nickname" ${describedBy}>
      <button>Sign in</button>
      ${error ? html`<p id="name-error" class="error" role="alert">${error}</p>` : ''}
    </form>`
}

function signedIn({ name, since }: User): Html {
  const time = html`<time datetime="${since.toISOString()}">${since.toUTCString()}</time>`
  return html`
    <form method="post" action="/sign-out">
      <p>Signed in as <strong>${name}</strong> since ${time}.</p>
      <button>Sign out</button>
    </form>`
}

function productItem({ id, name, price }: Product): Html {
  return html`
    <li>
      <form method="post" action="/cart/add">
        <span>${name}, ${money(price)}</span>
        <button name="product" value="${id}" aria-label="Add ${name} to the cart">Add</button>
      </form>
    </li>`
}

function cartTable(cart: Cart): Html {
  const rows = linesOf(cart).map(
    ({ product: { id, name, price }, quantity }) => html`
      <tr>
        <th scope="row">${name}</th>
        <td>${quantity}</td>
        <td>${money(price * quantity)}</td>
        <td>
          <form method="post" action="/cart/remove">
            <button name="product" value="${id}" aria-label="Remove ${name}">Remove</button>
          </form>
        </td>
      </tr>`,
  )
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Product</th><th scope="col">Quantity</th>
          <th scope="col">Price</th><td></td>
        </tr>
      </thead>
      <tbody>${rows}</tbody>
      <tfoot>
        <tr><th scope="row" colspan="2">Total</th><td>${money(totalOf(cart))}</td><td></td></tr>
      </tfoot>
    </table>`
}

export interface StoredSession {
  record: unknown
  session: unknown
  /** How many sessions are live. */
  count: number
}

export function sessionPage({ record, session, count }: StoredSession): string {
  const main = html`
    <h1>Your session</h1>
    <p>Live sessions in the store: <strong>${count}</strong></p>
    ${dump('The record, by Mongoose', 'await store.model.findById(sid).lean()', record)}
    ${dump('The session, by the store', 'await store.get(sid)', session)}`
  return page('Your session', '/session', main)
}

function dump(title: string, code: string, value: unknown): Html {
  const text = value ? inspect(value, { depth: null }) : 'null: nothing is stored for you yet'
  return html`
    <section>
      <h2>${title}</h2>
      <p><code>${code}</code></p>
      <pre tabindex="0" role="region" aria-label="${title}">${text}</pre>
    </section>`
}

export function errorPage(title: string, text: string): string {
  return page(title, '', html`<h1>${title}</h1><p>${text}</p>`)
}

function page(title: string, path: string, main: Html): string {
  const link = (to: string, text: string) =>
    html`<a href="${to}" ${to === path ? html`aria-current="page"` : ''}>${text}</a>`
  const whole = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · express-mongoose-session</title>
    <link rel="icon" href="/icon.svg">
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <nav aria-label="Pages">${link('/', 'Shop')} ${link('/session', 'Your session')}</nav>
    <main>${main}</main>
  </body>
</html>
`
  return whole.toString()
}

function money(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`
}
