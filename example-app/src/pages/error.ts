/** The error page. */
import type { Request } from 'express'
import { html } from '../html.js'
import { page } from './layout.js'

export function errorPage(req: Request, title: string, text: string): string {
  const main = html`
    <div class="card narrow">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a class="button" href="/">To the shop</a></p>
    </div>`
  return page(req, title, main)
}
