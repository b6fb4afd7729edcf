import assert from 'node:assert/strict'
import { cached, OptionError } from 'ringcache'
import { memcache } from 'ringcache/memcache'
import { redis, redisHash } from 'ringcache/redis'

const stores = [redis('redis://127.0.0.1:1'), redisHash('redis://127.0.0.1:1', 'hash'), memcache('127.0.0.1:1')]
const names = stores.map((store) => cached(async (a) => a, { store, keyPrefix: 'f' }).storage.capabilities.expiry)

assert.deepEqual(names, ['native', 'none', 'native'])
assert.throws(() => redis(''), OptionError)
