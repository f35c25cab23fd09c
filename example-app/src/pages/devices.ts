/** "Your devices". */
import type { Request } from 'express'
import { type Html, html } from '../html.js'
import type { LiveSession } from '../live-sessions.js'
import { publicName } from '../session.js'
import { icon, page } from './layout.js'
import { time } from './time.js'

export function devicesPage(req: Request, sessions: LiveSession[]): string {
  const current = publicName(req.sessionID)
  const here = sessions.filter(({ name }) => name === current)
  const others = sessions.filter(({ name }) => name !== current)
  const main = html`
    <div class="lead">
      <h1>Your devices</h1>
      <p>Each is a session of yours. The store finds them with an index, and ends one, or all but this
      one, in a single command.</p>
    </div>
    <ul class="devices">
      ${here.map((session) => deviceCard(session, true))}
      ${others.map((session) => deviceCard(session, false))}
    </ul>
    ${
      others.length > 0
        ? html`
          <form method="post" action="/devices/sign-out-others">
            <button class="danger">Sign out everywhere else</button>
          </form>`
        : html`<p class="muted">You are not signed in anywhere else. Sign in with another browser, or in
          a private window, and it appears here.</p>`
    }`
  return page(req, 'Your devices', main, 'devices.js')
}

function deviceCard({ name, device, lastSeen }: LiveSession, isHere: boolean): Html {
  const browser = device?.browser ?? 'A browser'
  return html`
    <li class="card device">
      <div class="picture">${icon(device?.kind ?? 'computer')}</div>
      <div>
        <h2>${browser} ${isHere && html`<span class="badge">This device</span>`}</h2>
        <p class="muted times">
          ${device && html`<span>Signed in ${time(device.signedInAt)}</span>`}
          <span>Last seen ${isHere ? 'now' : time(lastSeen)}</span>
        </p>
      </div>
      ${
        !isHere &&
        html`
          <form method="post" action="/devices/sign-out">
            <button class="quiet" name="session" value="${name}"
              aria-label="Sign out ${browser}, ${name.slice(0, 4)}">Sign out</button>
          </form>`
      }
    </li>`
}
