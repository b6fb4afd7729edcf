const assert = require('node:assert/strict')
const { cached, OptionError } = require('ringcache')
const { memcache } = require('ringcache/memcache')
const { redis, redisHash } = require('ringcache/redis')

const stores = [redis('redis://127.0.0.1:1'), redisHash('redis://127.0.0.1:1', 'hash'), memcache('127.0.0.1:1')]
const names = stores.map((store) => cached(async (a) => a, { store, keyPrefix: 'f' }).storage.capabilities.expiry)

assert.deepEqual(names, ['native', 'none', 'native'])
assert.throws(() => memcache(''), OptionError)
