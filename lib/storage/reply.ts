import type { StoreFailure } from '../errors.js'

/** Redis begins an error reply with a word in capitals (`ERR`, `WRONGTYPE`, `OOM`); anything else is the connection's. */
export function failureOf(error: unknown): StoreFailure {
  return error instanceof Error && /^[A-Z][A-Z0-9]+( |$)/.test(error.message) ? 'reply' : 'connection'
}

/** Whether the key holds none of our data: another type in Redis, or an envelope that Keyv 6 cannot parse. */
export function isForeignData(error: unknown): error is Error {
  return error instanceof Error && (error.message.startsWith('WRONGTYPE ') || error.name === 'SyntaxError')
}
