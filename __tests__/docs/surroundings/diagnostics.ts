/** What the examples of docs/diagnostics.md are in the midst of. */
import type { Express } from 'express'

export declare const app: Express
export declare const console: { log(message: unknown): void }
export declare const logger: { warn(message: string): void }
/** In milliseconds. */
export declare const limit: number
