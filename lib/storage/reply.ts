import type { StoreFailure } from '../errors.js'

/**
 * Redis begins an error reply with a word in capitals (`ERR`, `WRONGTYPE`, `OOM`), memjs that of memcached with its own
 * name and the command's, PostgreSQL's has the severity `ERROR` (`FATAL` if it ends the connection); anything else is the
 * connection's.
 */
export function failureOf(error: unknown): StoreFailure {
  if (!(error instanceof Error)) return 'connection'
  const isReply =
    Reflect.get(error, 'severity') === 'ERROR' || /^([A-Z][A-Z0-9]+( |$)|MemJS [A-Z]+:)/.test(error.message)
  return isReply ? 'reply' : 'connection'
}

/** Whether the key holds none of our data: another type in Redis, or an envelope that Keyv 6 cannot parse. */
export function isForeignData(error: unknown): error is Error {
  return error instanceof Error && (error.message.startsWith('WRONGTYPE ') || error.name === 'SyntaxError')
}
