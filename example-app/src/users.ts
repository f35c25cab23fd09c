/** The users and their passwords, in the same MongoDB as the sessions. */
import bcrypt from 'bcryptjs'
import mongoose, { type HydratedDocument, type InferSchemaType, Schema } from 'mongoose'

const schema = new Schema(
  {
    email: { type: String, required: true, unique: true, lowercase: true, trim: true },
    name: { type: String, required: true, trim: true },
    passwordHash: { type: String, required: true },
    role: { type: String, enum: ['customer', 'admin'], required: true },
  },
  { autoCreate: false }, // the first user creates the collection
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
  /** Whether the first user becomes an administrator: for a trial, not for the internet. */
  firstIsAdmin: boolean
}

/** The first user's id: ids are unique, so that two sign-ups at once give one administrator. */
const FIRST_ID = new mongoose.Types.ObjectId('000000000000000000000001')

/** Resolves to undefined if the email has an account already. */
export async function addUser(
  { email, name, password }: NewUser,
  { firstIsAdmin }: UserOptions,
): Promise<UserDocument | undefined> {
  const user = { email, name, passwordHash: await bcrypt.hash(password, ROUNDS) }
  if (firstIsAdmin && (await User.estimatedDocumentCount()) === 0) {
    const first = await insertUser({ ...user, _id: FIRST_ID, role: 'admin' })
    if (first) return first
  }
  return insertUser({ ...user, role: 'customer' })
}

/** Resolves to undefined if the email or the id is taken. */
async function insertUser(user: object): Promise<UserDocument | undefined> {
  try {
    return await User.create(user)
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY) return
    throw error
  }
}

/** Resolves to false if there is no such user. */
export async function makeAdmin(email: string): Promise<boolean> {
  const { matchedCount } = await User.updateOne({ email }, { role: 'admin' })
  return matchedCount > 0
}

let dummyHash: string | undefined

/** Resolves to undefined if the user is unknown or the password is wrong. */
export async function findUserByPassword(
  email: string,
  password: string,
): Promise<UserDocument | undefined> {
  const user = await User.findOne({ email: email.trim().toLowerCase() })
  // Compares without a user too: the response time must not show who has an account
  dummyHash ??= await bcrypt.hash('', ROUNDS)
  const isRight = await bcrypt.compare(password, user?.passwordHash ?? dummyHash)
  return user && isRight ? user : undefined
}

/** An error message for each wrong field of a sign-up. */
export function validationErrors({ email, name, password }: NewUser): Partial<NewUser> {
  const problems: Partial<NewUser> = {}
  if (name === '' || name.length > 50) problems.name = 'A name has 1 to 50 characters.'
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    problems.email = 'An email address looks like you@example.org.'
  }
  if (password.length < 10) problems.password = 'A password has at least 10 characters.'
  // bcrypt ignores what follows its 72 bytes
  else if (bcrypt.truncates(password)) problems.password = 'This password is too long.'
  return problems
}
