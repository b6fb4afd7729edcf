import { describe, expect, it } from '@jest/globals'
import { KeyvMemcache } from '@keyv/memcache'
import { Keyv } from 'keyv'
import { cached } from '../../lib/index.js'
import { sharedMemcached, uniquePrefix } from '../support/servers.js'

describe("a user's Keyv", () => {
  it('does not lose a write to the delete that Keyv sends after a miss', async () => {
    const keyv = new Keyv(new KeyvMemcache(sharedMemcached().url), { namespace: 'mine' })
    const f = cached(async (x: string) => x, { store: keyv, keyPrefix: uniquePrefix('f') })

    await Promise.all([f.get('a'), f.set('set', 'a')])

    expect(await f.get('a')).toBe('set')
    await keyv.disconnect()
  })
})
