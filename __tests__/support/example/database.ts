/** A database for one example app on the server of the run, if that has separate databases. */
import { withDatabase } from 'local-mongodb'
import mongoose, { type Connection } from 'mongoose'
import { uniqueName, uri } from '../server'

const can = JSON.parse(process.env.TEST_MONGODB_ABILITIES ?? '{}') as Record<string, unknown>

export interface Database {
  /** For the environment of the app. */
  readonly env: Record<string, string>
  readonly connection: Connection
  /** The records of the user's sessions, expired ones too. */
  sessionsOf(email: string): Promise<SessionRecord[]>
  makeAdmin(email: string): Promise<void>
  close(): Promise<void>
}

interface SessionRecord {
  _id: string
  userId: string
  expires: Date
  session: Record<string, unknown> & { cookie: { originalMaxAge: number } }
}

export async function newDatabase(): Promise<Database> {
  const own = can.databases ? withDatabase(uri, uniqueName('example')) : uri
  const connection = await mongoose.createConnection(own).asPromise()
  const users = connection.collection('users')
  return {
    env: { MONGODB_URI: own, LOCAL_MONGODB: 'uri' },
    connection,
    async sessionsOf(email) {
      const user = await users.findOne({ email })
      if (!user) throw new Error(`${email} has not signed up`)
      const found = connection.collection<SessionRecord>('sessions').find({ userId: `${user._id}` })
      return found.toArray() as Promise<SessionRecord[]>
    },
    async makeAdmin(email) {
      await users.updateOne({ email }, { $set: { role: 'admin' } })
    },
    async close() {
      try {
        if (can.databases && can.dropDatabase) await connection.dropDatabase()
      } finally {
        await connection.close()
      }
    },
  }
}
