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

/** Undefined where the email has an account already. The first user of all is an administrator. */
export async function addUser(user: NewUser): Promise<UserDocument | undefined> {
  const role = (await User.estimatedDocumentCount()) === 0 ? 'admin' : 'customer'
  const passwordHash = await bcrypt.hash(user.password, ROUNDS)
  try {
    return await User.create({ email: user.email, name: user.name, passwordHash, role })
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY) return
    throw error
  }
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
