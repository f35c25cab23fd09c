/** All live sessions; `public/admin.js` keeps the table up to date. */
import type { Request } from 'express'
import { type Html, html } from '../html.js'
import type { LiveSession, Overview } from '../live-sessions.js'
import { publicName } from '../session.js'
import { page } from './layout.js'
import { time } from './time.js'

export function adminPage(req: Request, overview: Overview): string {
  const main = html`
    <div class="lead">
      <h1>Live sessions</h1>
      <p>Everything in the store, including visitors without an account. The store reports each write on
      a diagnostics channel, and this page keeps up. <span id="live" class="badge" hidden>Live</span></p>
    </div>
    <div id="sessions">${sessionTable(req, overview)}</div>`
  return page(req, 'Live sessions', main, 'admin.js')
}

export function sessionTable(req: Request, { sessions, count, names }: Overview): Html {
  const current = publicName(req.sessionID)
  return html`
    <p><strong>${count}</strong> ${count === 1 ? 'session' : 'sessions'}${
      count > sessions.length && `, of which you see ${sessions.length}`
    }</p>
    <div class="card table" tabindex="0" role="region" aria-label="Sessions">
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th><th scope="col">Cart</th><th scope="col">Last seen</th>
            <th scope="col" class="wide">Ends</th>
            <th scope="col"><span class="hidden">Action</span></th>
          </tr>
        </thead>
        <tbody>
          ${sessions.map((session) => row(session, names, session.name === current))}
        </tbody>
      </table>
    </div>`
}

function row(session: LiveSession, names: Overview['names'], isHere: boolean): Html {
  const { name, userId, device, itemsInCart, lastSeen, expires } = session
  const who = (userId && names.get(userId)) || 'Visitor'
  return html`
    <tr data-session="${name}" data-seen="${lastSeen.getTime()}-${itemsInCart}">
      <th scope="row">
        ${who} <code class="wide">${name.slice(0, 8)}</code>
        <span class="browser">${device?.browser ?? 'Not signed in'}</span>
      </th>
      <td>${itemsInCart}</td>
      <td>${time(lastSeen)}</td>
      <td class="wide">${time(expires)}</td>
      <td>
        ${
          isHere
            ? html`<span class="badge">You</span>`
            : html`
              <form method="post" action="/admin/end">
                <button class="quiet small" name="session" value="${name}"
                  aria-label="End the session ${name.slice(0, 8)} of ${who}">End</button>
              </form>`
        }
      </td>
    </tr>`
}
