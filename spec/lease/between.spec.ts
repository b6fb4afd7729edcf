/** What another process does between the look of an operation and what that does about it. */
import { describe, expect, it } from '@jest/globals'
import type { Storage } from '../../lib/storage/storage.js'
import { elsewhere, type Kind, until, type Wrapped } from './elsewhere.js'

const WINDOWS = { ttl: 60_000, staleIfError: 60_000, staleWhileRevalidate: 60_000 }

/** One more process, in which something happens each time after a read of many, or before a lease is asked for. */
function interrupted(kind: Kind, { afterRead = async () => {}, beforeLease = async () => {} }) {
  const all = elsewhere(kind, WINDOWS)
  const storageInterface = (_backend: unknown, { storage }: { storage: Storage }) => {
    const { leases, swapMany } = storage
    if (leases === undefined || swapMany === undefined) throw new Error('this store has neither')
    return {
      ...storage,
      getMany: async (...args: Parameters<Storage['getMany']>) => {
        const stored = await storage.getMany(...args)
        await afterRead()
        return stored
      },
      swapMany: (...args: Parameters<typeof swapMany>) => swapMany(...args),
      leases: {
        ...leases,
        take: async (...args: Parameters<typeof leases.take>) => {
          await beforeLease()
          return leases.take(...args)
        },
      },
    }
  }
  return { ...all, between: all.wrap({ storageInterface } as object) }
}

describe.each<[kind: Kind]>([['redis'], ['memcached']])('on %s nothing that another process has deleted', (kind) => {
  it.each(['touch', 'expire'] as const)('is brought back by %s', async (control) => {
    let elsewhereToo: Wrapped | undefined
    const { there, between } = interrupted(kind, { afterRead: async () => void (await elsewhereToo?.delete(1)) })
    await there.set('value', 1)
    elsewhereToo = there

    await between[control](1)

    expect(await there.storage.backend.get(there.key(1))).toBeUndefined()
  })

  it('is brought back by a refresh that fails', async () => {
    let elsewhereToo: Wrapped | undefined
    const { there, between, runs } = interrupted(kind, { afterRead: async () => void (await elsewhereToo?.delete(1)) })
    between.on('error', () => {})
    await there.set('value', 1)
    await there.expire(1)
    await between(1)
    await until(() => runs.pending.length === 1, 'the refresh')
    elsewhereToo = there

    runs.pending[0]?.reject(new Error('failed'))
    await between.idle()

    expect(await there.storage.backend.get(there.key(1))).toBeUndefined()
  })
})

it('a refresh that another process has made since the look is not made again', async () => {
  let refresh: (() => Promise<unknown>) | undefined
  const { there, between, runs } = interrupted('redis', { beforeLease: async () => void (await refresh?.()) })
  await there.set('old', 1)
  await there.expire(1)
  refresh = async () => {
    await there(1)
    await until(() => runs.pending.length === 1, 'the refresh')
    runs.pending[0]?.resolve('new')
    await there.idle()
  }

  expect(await between(1)).toBe('old')
  await between.idle()

  expect([runs.count, await between(1)]).toEqual([1, 'new'])
})

it('a refresh asks for its lease once: between two, another could be made', async () => {
  let asked = 0
  const beforeLease = async () => {
    asked += 1
  }
  const { there, between, runs } = interrupted('redis', { beforeLease })
  await there.set('old', 1)
  await there.expire(1)

  await between(1)
  await until(() => runs.pending.length === 1, 'the refresh')
  runs.pending[0]?.resolve('new')
  await between.idle()

  expect([asked, await there.get(1)]).toEqual([1, 'new'])
})
