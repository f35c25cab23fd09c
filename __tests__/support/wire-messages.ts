/** Messages of MongoDB's wire protocol, as proxies read them. */
import type { Socket } from 'node:net'
import { mongo } from 'mongoose'

export const OP_MSG = 2013

/** Each message of the wire protocol begins with its length. */
export function eachMessage(socket: Socket, handle: (message: Buffer) => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk as Buffer])
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0))
      pending = pending.subarray(message.length)
      handle(message)
    }
  })
}

/**
 * The first key of the command in an OP_MSG: header (16 bytes), flags (4), kind of section (1), and of
 * the document its size (4) and the key's type (1).
 */
export function commandName(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== OP_MSG || message[20] !== 0) return undefined
  return message.toString('utf8', 26, message.indexOf(0, 26))
}

/** An answer to the message with this id. */
export function replyTo(responseTo: number, document: object): Buffer {
  const body = mongo.BSON.serialize(document)
  const head = Buffer.alloc(21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(responseTo, 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
