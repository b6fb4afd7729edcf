/** PostgreSQL by `@keyv/postgres`, as the README tells to make it. */
import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { KeyvPostgres, type KeyvPostgresOptions } from '@keyv/postgres'

/** An adapter on a table of its own. */
export function openPostgres(uri: string, options?: KeyvPostgresOptions): KeyvPostgres {
  return new KeyvPostgres({ uri, table: `t${randomBytes(6).toString('hex')}`, log: listen, ...options })
}

/** The adapter does not listen to its pool, where a connection that is lost while idle would end the process. */
function listen(this: EventEmitter): void {
  if (this.listenerCount('error') === 0) this.on('error', () => {})
}
