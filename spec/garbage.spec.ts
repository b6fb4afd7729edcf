import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { createClient } from '@keyv/redis'
import { cached, cachedClass, ringKey } from '../lib/index.js'
import { redisHash } from '../lib/redis.js'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Whether it goes when nobody holds it: asked again and again, to a deadline. */
async function goes(ref: WeakRef<object>): Promise<boolean> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    await setImmediate() // what was looked at stays for the rest of its turn
    collect()
    if (ref.deref() === undefined) return true
  }
  return false
}

class Big {
  static shared = new Map()
  constructor(readonly id: number) {}
  [ringKey]() {
    return this.id
  }
  async data() {
    return this.id
  }
  get size() {
    return this.id
  }
}
cachedClass(Big, { data: { store: Big.shared }, size: {} })

describe('what the cache holds on to', () => {
  it('is no instance: not by its calls, nor by its controls and listeners', async () => {
    const ref = await (async () => {
      const big = new Big(1)
      await big.data()
      await Big.prototype.data.call(big)
      await big.size
      return new WeakRef(big)
    })()

    expect(await goes(ref)).toBe(true)
    expect(await new Big(1).data()).toBe(1)
  })

  it('is no object that a function was bound to', async () => {
    const f = cached(async function f(this: object) {}, { receiver: true, keyPrefix: 'f' })
    const ref = await (async () => {
      const object = { [ringKey]: () => 1 }
      const bound = f.bind(object)
      await bound()
      return new WeakRef(object)
    })()

    expect(await goes(ref)).toBe(true)
  })

  it('is no hash of a tenant that has gone', async () => {
    const client = createClient({ url: 'redis://127.0.0.1:1' })
    const ref = (() => new WeakRef(redisHash(client, 'hash')))()

    expect(await goes(ref)).toBe(true)
    expect(redisHash(client, 'hash')).toBe(redisHash(client, 'hash'))
  })

  it('is what fences a hash, as long as a copy of its Storage is in use', async () => {
    const client = createClient({ url: 'redis://127.0.0.1:1' })
    const { identity, ref } = (() => {
      const storage = redisHash(client, 'hash')
      return { identity: { ...storage }.identity, ref: new WeakRef(storage) }
    })()

    expect(await goes(ref)).toBe(true)
    expect(redisHash(client, 'hash').identity).toBe(identity)
  })

  it('is no store of a tenant that has gone', async () => {
    let store: object | undefined
    const f = cached(async (n: number) => n, { store: () => store, keyPrefix: 'f' })
    const ref = await (async () => {
      const tenant = new Map()
      store = tenant
      await f(1)
      await f.storage.get('f::1')
      store = undefined
      return new WeakRef(tenant)
    })()

    expect(await goes(ref)).toBe(true)
  })
})
