import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyvSqlite } from '@keyv/sqlite'
import { bare } from '../conformance/stores/keyv.js'
import { conformance } from '../conformance/suite.js'

conformance({
  ...bare('@keyv/sqlite', async () => {
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
  clock: 'real',
})
