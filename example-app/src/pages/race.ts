/** The race of two requests: its outcome, and what the session holds. */
import type { Request } from 'express'
import { type Html, html } from '../html.js'
import type { RaceChoice } from '../race-choice.js'
import { icon, page } from './layout.js'

export function racePage(req: Request): string {
  const { delivery, wrapping } = req.session
  const main = html`
    <div class="lead">
      <h1>Two tabs, one session</h1>
      <p>Both requests load the session, and each changes a different part. Most stores write back
      the whole session, so the slow request undoes what the fast one did. This store only writes
      what changed.</p>
    </div>
    <div class="actions">
      <button id="both" hidden>Run both requests</button>
      <form method="post" action="/race/again"><button class="quiet">Clear both choices</button></form>
    </div>
    <div class="race">
      ${lane('slow', 'Waits for another service', 'Choose delivery', delivery)}
      ${lane('fast', 'Saves in the meantime', 'Choose wrapping', wrapping)}
    </div>
    <div id="outcome" role="status" tabindex="-1">
      ${
        delivery && wrapping
          ? outcome(delivery, wrapping)
          : html`<p class="muted">Once both have saved, you can see here how it went.</p>`
      }
    </div>
    <p class="muted">If you sign out while the slow request is running, you stay signed out: the store
    never brings back a session that has ended.</p>`
  return page(req, 'Race', main, 'race.js')
}

function lane(name: 'slow' | 'fast', about: string, text: string, choice?: RaceChoice): Html {
  return html`
    <section id="${name}" class="card lane" tabindex="-1" aria-labelledby="${name}-title">
      <div class="title">
        <div class="picture">${icon(name)}</div>
        <div>
          <h2 id="${name}-title">${name === 'slow' ? 'Slow' : 'Fast'} tab</h2>
          <p class="muted">${about}</p>
        </div>
      </div>
      <form method="post" action="/race/${name}" ${name === 'slow' && html`target="_blank"`}>
        <button class="quiet">${text} ${name === 'slow' && html`<span class="hidden">(in a new tab)</span>`}</button>
      </form>
      <p class="result">
        ${choice ? html`<span class="badge">In the session</span> ${choice.text}` : 'Not chosen yet'}
      </p>
    </section>`
}

function outcome(slow: RaceChoice, fast: RaceChoice): Html {
  const wasRace = slow.loadedAt < fast.savedAt && fast.savedAt < slow.savedAt
  return html`
    <section class="card" aria-labelledby="outcome-title">
      <h2 id="outcome-title">${wasRace ? 'Both changes are kept' : 'That was not a race'}</h2>
      <p>${
        wasRace
          ? 'The slow request wrote last, with a copy of the session from before the fast one. Nothing is lost.'
          : 'One ended before the other began. Choose the delivery again, and the wrapping while it waits.'
      }</p>
      ${timeline(slow, fast)}
    </section>`
}

/** Both requests over time, each from loading the session to saving it. */
function timeline(slow: RaceChoice, fast: RaceChoice): Html {
  const start = Math.min(slow.loadedAt.getTime(), fast.loadedAt.getTime())
  const end = Math.max(slow.savedAt.getTime(), fast.savedAt.getTime())
  const percent = (date: Date) => ((date.getTime() - start) / Math.max(end - start, 1)) * 100
  const bar = (name: string, { loadedAt, savedAt }: RaceChoice) => {
    const width = Math.max(percent(savedAt) - percent(loadedAt), 4)
    const x = Math.min(percent(loadedAt), 100 - width)
    const seconds = ((savedAt.getTime() - start) / 1000).toFixed(1)
    return html`
      <li>
        <span>${name}</span>
        <svg aria-hidden="true"><rect x="${x}%" width="${width}%" height="100%" rx="4"/></svg>
        <span>saved at ${seconds} s</span>
      </li>`
  }
  return html`<ul class="timeline">${bar('Slow', slow)} ${bar('Fast', fast)}</ul>`
}
