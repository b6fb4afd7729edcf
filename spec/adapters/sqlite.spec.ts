import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyvSqlite } from '@keyv/sqlite'
import { conformance } from '../../lib/testing.js'
import { jestRunner } from '../conformance/jest-runner.js'
import { bare } from '../conformance/stores/keyv.js'

conformance(
  bare('@keyv/sqlite', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ringcache-sqlite-'))
    const store = new KeyvSqlite(`sqlite://${join(folder, 'cache.sqlite')}`)
    return {
      store,
      close: async () => {
        await store.disconnect()
        await rm(folder, { recursive: true })
      },
    }
  }),
  jestRunner,
)
