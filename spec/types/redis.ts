/** What TypeScript knows of the stores of servers, and of a Storage of one's own. Compiled, never run. */
import type KeyvMemcache from '@keyv/memcache'
import KeyvRedis, { createClient, createCluster } from '@keyv/redis'
import { expectTypeOf } from 'expect-type'
import { Keyv } from 'keyv'
import {
  type Attempt,
  cached,
  type DeclaredCapabilities,
  type Failure,
  type Item,
  type Storage,
  type Stored,
} from 'ringcache'
import { memcache } from 'ringcache/memcache'
import { redis, redisHash } from 'ringcache/redis'

expectTypeOf(redis('redis://localhost')).toEqualTypeOf<KeyvRedis<unknown>>()
redis({ url: 'redis://localhost', socket: { connectTimeout: 500 }, pingInterval: 1_000 })
// @ts-expect-error a port is no server
redis(6379)
// @ts-expect-error there is no such option
redis({ uri: 'redis://localhost' })

expectTypeOf(memcache('localhost')).toEqualTypeOf<KeyvMemcache>()
memcache(['one:11211', 'two:11211'] as const, { timeout: 1 })
// @ts-expect-error there is no such option
memcache('localhost', { retry: 1 })

const hash = redisHash('redis://localhost', 'users')
expectTypeOf(hash).toExtend<Storage>()
expectTypeOf(hash.backend).toEqualTypeOf<Keyv>()
for (const given of [createClient(), createCluster({ rootNodes: [] }), new KeyvRedis(), { url: 'redis://localhost' }]) {
  redisHash(given, 'users')
}
// @ts-expect-error the hash needs a key
redisHash('redis://localhost')
cached(async () => 1, { store: hash })

// The least that a Storage is, answering at once or with promises.
const capabilities: DeclaredCapabilities = {
  expiry: 'none',
  touch: 'rewrite',
  many: 'each',
  values: 'objects',
  deleteTells: false,
}
const least: Storage = {
  name: 'mine',
  capabilities,
  backend: new Keyv(),
  getMany: async (keys) => keys.map(() => undefined),
  setMany: (items) => items.map(() => undefined),
  deleteMany: (keys) => keys.map(() => true),
}
cached(async () => 1, { store: least })
expectTypeOf<Parameters<Storage['getMany']>>().toEqualTypeOf<[keys: readonly string[], attempt: Attempt]>()
expectTypeOf<Parameters<Storage['setMany']>>().toEqualTypeOf<[items: readonly Item[], attempt: Attempt]>()
expectTypeOf<Awaited<ReturnType<Storage['getMany']>>>().toEqualTypeOf<readonly (Stored | undefined)[]>()
expectTypeOf<Awaited<ReturnType<Storage['setMany']>>>().toEqualTypeOf<readonly (Failure | undefined)[]>()
// @ts-expect-error expiry is one of three
const never: DeclaredCapabilities = { ...capabilities, expiry: 'never' }
// @ts-expect-error setMany is required
const half: Storage = { name: 'mine', capabilities, getMany: least.getMany, deleteMany: least.deleteMany }
expectTypeOf([never, half]).not.toBeAny()
