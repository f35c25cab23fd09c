/** The forms to sign in and to sign up. */
import type { Request } from 'express'
import { type Html, html } from '../html.js'
import type { NewUser } from '../users.js'
import { page } from './layout.js'

export function signInPage(req: Request, { email = '', problem = '' } = {}): string {
  const main = html`
    <form method="post" action="/sign-in" class="card narrow stack">
      <h1>Sign in</h1>
      ${problem && html`<p class="message error" role="alert">${problem}</p>`}
      ${input({ name: 'email', label: 'Email', type: 'email', autocomplete: 'username', value: email })}
      ${input({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', autofocus: problem !== '' })}
      <button>Sign in</button>
      <p class="muted">No account yet? <a href="/sign-up">Sign up</a></p>
    </form>`
  return page(req, problem ? 'Error: Sign in' : 'Sign in', main)
}

interface SignUp {
  email?: string
  name?: string
  problems?: Partial<NewUser>
}

export function signUpPage(req: Request, { email, name, problems = {} }: SignUp = {}): string {
  const [first] = (['name', 'email', 'password'] as const).filter((name) => problems[name])
  const main = html`
    <form method="post" action="/sign-up" class="card narrow stack">
      <h1>Sign up</h1>
      ${input({ name: 'name', label: 'Name', autocomplete: 'name', value: name, problem: problems.name, autofocus: first === 'name' })}
      ${input({ name: 'email', label: 'Email', type: 'email', autocomplete: 'username', value: email, problem: problems.email, autofocus: first === 'email' })}
      ${input({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', hint: 'At least 10 characters', minlength: 10, problem: problems.password, autofocus: first === 'password' })}
      <button>Sign up</button>
      <p class="muted">Already have an account? <a href="/sign-in">Sign in</a></p>
    </form>`
  return page(req, first ? 'Error: Sign up' : 'Sign up', main)
}

interface Input {
  name: string
  label: string
  autocomplete: string
  type?: 'text' | 'email' | 'password'
  value?: string | undefined
  hint?: string
  minlength?: number
  problem?: string | undefined
  /** For the first wrong field. */
  autofocus?: boolean
}

function input({ name, label, autocomplete, type = 'text', value = '', ...more }: Input): Html {
  const { hint, minlength, problem, autofocus = false } = more
  const about = problem ?? hint
  return html`
    <div class="field">
      <label for="${name}">${label}</label>
      <input id="${name}" name="${name}" type="${type}" value="${value}" required
        autocomplete="${autocomplete}" ${minlength && html`minlength="${minlength}"`}
        ${about && html`aria-describedby="${name}-about"`} ${problem && html`aria-invalid="true"`}
        ${autofocus && html`autofocus`}>
      ${about && html`<p id="${name}-about" class="${problem ? 'error' : 'muted'}">${about}</p>`}
    </div>`
}
