import { afterAll, beforeAll } from '@jest/globals'
import { Keyv } from 'keyv'
import { conformance } from '../../lib/testing.js'
import { recorder } from '../conformance/in-process.js'
import { jestRunner } from '../conformance/jest-runner.js'
import { bare } from '../conformance/stores/keyv.js'
import type { TestServer } from '../support/server-process.js'
import { startPostgres } from './postgres-server.js'
import { openPostgres } from './postgres-store.js'

let server: TestServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

// The suite's keys are longer than the 255 characters of the adapter's column.
const open = () => openPostgres(server.url, { keySize: 10_000 })

conformance(
  bare('@keyv/postgres', async () => {
    const store = open()
    return { store, close: () => store.disconnect() }
  }),
  jestRunner,
)

conformance(usersKeyv("a user's Keyv on PostgreSQL, with a namespace"), jestRunner)

/** The namespace goes before the key, once; all else lies there as it does by the bare adapter. */
function usersKeyv(name: string): ReturnType<typeof bare> {
  let adapter: ReturnType<typeof open>
  const storeCase = bare(name, async () => {
    adapter = open()
    const prefixed = {
      get: (key: string) => adapter.get(`mine:${key}`),
      set: (key: string, value: string) => adapter.set(`mine:${key}`, value),
    }
    return { store: prefixed, close: () => adapter.disconnect() }
  })
  return {
    ...storeCase,
    textOnly: false,
    async open() {
      const opened = await storeCase.open()
      return { ...opened, store: new Keyv(adapter, { namespace: 'mine' }), commandsOf: recorder(adapter) }
    },
  }
}
