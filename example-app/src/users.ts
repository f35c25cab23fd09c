/** The users, in the MongoDB that has the sessions, and their passwords. */
import bcrypt from 'bcryptjs'
import mongoose, { type HydratedDocument, type InferSchemaType, Schema } from 'mongoose'

const schema = new Schema(
  {
    email: { type: String, required: true, unique: true, lowercase: true, trim: true },
    name: { type: String, required: true, trim: true },
    passwordHash: { type: String, required: true },
    role: { type: String, enum: ['customer', 'admin'], required: true },
  },
  { autoCreate: false }, // it is made with the first user
)

export type UserDocument = HydratedDocument<InferSchemaType<typeof schema>>
export const User = mongoose.model('User', schema)

const ROUNDS = 10
const DUPLICATE_KEY = 11000

export interface NewUser {
  email: string
  name: string
  password: string
}

export interface UserOptions {
  /** Whether the first user of all is an administrator: for a first look, and not for the internet. */
  firstIsAdmin: boolean
}

/** There can be only one with it, so that of two who come first at once one is the administrator. */
const FIRST_ID = new mongoose.Types.ObjectId('000000000000000000000001')

/** Undefined where the email has an account already. */
export async function addUser(
  { email, name, password }: NewUser,
  { firstIsAdmin }: UserOptions,
): Promise<UserDocument | undefined> {
  const user = { email, name, passwordHash: await bcrypt.hash(password, ROUNDS) }
  if (firstIsAdmin && (await User.estimatedDocumentCount()) === 0) {
    const first = await inserted({ ...user, _id: FIRST_ID, role: 'admin' })
    if (first) return first
  }
  return inserted({ ...user, role: 'customer' })
}

/** Undefined where the email or the id is taken. */
async function inserted(user: object): Promise<UserDocument | undefined> {
  try {
    return await User.create(user)
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY) return
    throw error
  }
}

/** Resolves to whether there is such a user. */
export async function makeAdmin(email: string): Promise<boolean> {
  const { matchedCount } = await User.updateOne({ email }, { role: 'admin' })
  return matchedCount > 0
}

let nobodysHash: string | undefined

/** Undefined where there is no such user, or the password is another one. */
export async function userWith(email: string, password: string): Promise<UserDocument | undefined> {
  const user = await User.findOne({ email: email.trim().toLowerCase() })
  // Without a user too, so that the time it takes does not tell who has an account
  nobodysHash ??= await bcrypt.hash('', ROUNDS)
  const isRight = await bcrypt.compare(password, user?.passwordHash ?? nobodysHash)
  return user && isRight ? user : undefined
}

/** What is wrong with each field of a sign-up. */
export function problemsOf({ email, name, password }: NewUser): Partial<NewUser> {
  const problems: Partial<NewUser> = {}
  if (name === '' || name.length > 50) problems.name = 'A name has 1 to 50 characters.'
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    problems.email = 'An email address looks like you@example.org.'
  }
  if (password.length < 10) problems.password = 'A password has at least 10 characters.'
  // Further characters would not count: see bcrypt
  else if (bcrypt.truncates(password)) problems.password = 'This password is too long.'
  return problems
}
