/** The visitor's session as it is stored, and as the app's code sees it. */
import { inspect } from 'node:util'
import type { Request } from 'express'
import { type Html, html } from '../html.js'
import { page } from './layout.js'

export interface Stored {
  record: unknown
  session: unknown
}

export function insidePage(req: Request, { record, session }: Stored): string {
  const main = html`
    <div class="lead">
      <h1>Inside your session</h1>
      <p>Your browser only has a signed id, in a cookie that scripts cannot read. Everything else is here,
      in MongoDB, until you sign out or stay away for too long.</p>
    </div>
    <div class="dumps">
      ${dump('The record, by Mongoose', 'await store.model.findById(sid).lean()', record)}
      ${dump('The session, by the store', 'await store.get(sid)', session)}
    </div>`
  return page(req, 'Inside your session', main)
}

function dump(title: string, code: string, value: unknown): Html {
  const text = value ? inspect(value, { depth: null }) : 'null: nothing is stored for you yet'
  return html`
    <section class="card">
      <h2>${title}</h2>
      <p><code>${code}</code></p>
      <pre tabindex="0" role="region" aria-label="${title}">${text}</pre>
    </section>`
}
