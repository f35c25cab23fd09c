/** Signing up, in and out. */
import { type Request, type Response, Router } from 'express'
import { authenticate, signIn, signOut } from '../auth.js'
import { flash } from '../flash.js'
import { field, passwordField } from '../form.js'
import { signInPage, signUpPage } from '../pages/account.js'
import { signInLimits, signUpLimit } from '../security.js'
import { saveSession } from '../session.js'
import { addUser, type UserOptions, validationErrors } from '../users.js'

export function accountRoutes({ firstIsAdmin }: UserOptions): Router {
  const router = Router()

  router.get(['/sign-in', '/sign-up'], (req, res, next) => {
    if (req.user) res.redirect(303, '/')
    else next()
  })

  router.get('/sign-in', (req, res) => {
    res.send(signInPage(req))
  })

  router.post('/sign-in', ...signInLimits(), async (req, res) => {
    const user = await authenticate(req, res)
    if (user) return welcome(req, res, user, `Welcome back, ${user.name}.`)
    const problem = 'No account has this email and password.'
    res.status(401).send(signInPage(req, { email: field(req, 'email'), problem }))
  })

  router.get('/sign-up', (req, res) => {
    res.send(signUpPage(req))
  })

  router.post('/sign-up', signUpLimit(), async (req, res) => {
    const given = { email: field(req, 'email'), name: field(req, 'name') }
    const newUser = { ...given, password: passwordField(req) }
    const problems = validationErrors(newUser)
    const isFine = Object.keys(problems).length === 0
    const user = isFine ? await addUser(newUser, { firstIsAdmin }) : undefined
    if (user) return welcome(req, res, user, `Welcome, ${user.name}.`)
    if (isFine) problems.email = 'There is an account with this email.'
    res.status(422).send(signUpPage(req, { ...given, problems }))
  })

  router.post('/sign-out', async (req, res) => {
    await signOut(req)
    flash(req, 'success', 'You have signed out.')
    await saveSession(req)
    res.redirect(303, '/')
  })

  return router
}

async function welcome(
  req: Request,
  res: Response,
  user: Express.User,
  text: string,
): Promise<void> {
  const { returnTo = '/' } = req.session // signIn regenerates the session
  await signIn(req, user)
  flash(req, 'success', text)
  await saveSession(req)
  res.redirect(303, returnTo)
}
