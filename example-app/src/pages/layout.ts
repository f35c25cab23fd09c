/** The layout of all pages: head, navigation, messages. */
import type { Request } from 'express'
import { itemCount } from '../cart.js'
import { type Flash, takeFlashes } from '../flash.js'
import { type Html, html } from '../html.js'

const LINKS = [
  ['/', 'Shop'],
  ['/devices', 'Devices'],
  ['/race', 'Race'],
  ['/inside', 'Inside'],
] as const

/** The whole page; scripts are the names of files in `public/`. */
export function page(req: Request, title: string, main: Html, script?: string): string {
  const whole = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Larder</title>
    <link rel="icon" href="/icon.svg">
    <link rel="stylesheet" href="/base.css">
    <link rel="stylesheet" href="/parts.css">
    <link rel="stylesheet" href="/pages.css">
    ${script && html`<script type="module" src="/${script}"></script>`}
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    ${header(req)}
    <main id="main" tabindex="-1">
      ${takeFlashes(req).map(message)}
      ${main}
    </main>
    <footer>
      <p>An example of <strong>express-mongoose-session</strong>: sessions in MongoDB, with Express,
      Passport and Mongoose.</p>
    </footer>
  </body>
</html>
`
  return whole.toString()
}

function header(req: Request): Html {
  const path = req.originalUrl.split('?')[0]
  const links = req.user?.role === 'admin' ? [...LINKS, ['/admin', 'Admin'] as const] : LINKS
  return html`
    <header>
      <a class="brand" href="/">${icon('jar')} Larder</a>
      <div id="menu" popover>
        <nav aria-label="Pages">
          <ul>
            ${links.map(
              ([to, text]) =>
                html`<li><a href="${to}" ${to === path && html`aria-current="page"`}>${text}</a></li>`,
            )}
          </ul>
        </nav>
        <div class="account">${account(req)}</div>
      </div>
      <a class="cart-link" href="/#cart">${icon('basket')}<span class="hidden">Cart, items:</span>
      <span class="count">${itemCount(req.session?.cart ?? {})}</span></a>
      <button class="quiet small" popovertarget="menu">Menu</button>
    </header>`
}

function account(req: Request): Html {
  if (!req.user) return html`<a class="button small" href="/sign-in">Sign in</a>`
  return html`
    <span class="user" title="${req.user.email}">${req.user.name}</span>
    <form method="post" action="/sign-out"><button class="quiet small">Sign out</button></form>`
}

function message({ kind, text }: Flash): Html {
  return html`<p class="message ${kind}" role="${kind === 'error' ? 'alert' : 'status'}">${text}</p>`
}

/** An icon of `public/icons.svg`; hidden from screen readers. */
export function icon(name: string): Html {
  return html`<svg class="icon" aria-hidden="true"><use href="/icons.svg#${name}"/></svg>`
}
