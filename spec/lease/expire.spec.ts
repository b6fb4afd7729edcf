import { describe, expect, it } from '@jest/globals'
import { elsewhere, running, until } from './elsewhere.js'

const WINDOWS = { staleIfError: 60_000 }

describe.each(['redis', 'memcached'] as const)('an expire in one of two processes on %s', (kind) => {
  it('that overtakes an update of the other leaves nothing that is older than the update', async () => {
    const { here, there, runs } = elsewhere(kind, { staleWhileRevalidate: 60_000 })
    await here.set('old', 1)
    const update = here.update(1)
    await running(runs, 1)
    await there.expire(1)

    runs.pending[0]?.resolve('outdated')
    await update

    const after = there(1)
    await running(runs, 1)
    runs.pending[0]?.resolve('new')
    expect(await after).toBe('new')
  })

  it('leaves the old value to a call whose function fails, and stores no run from before it', async () => {
    const { here, there, runs } = elsewhere(kind, WINDOWS)
    there.on('error', () => {})
    await here.set('old', 1)
    await here.expire(1)
    const before = here(1)
    await running(runs, 1)
    await there.expire(1)
    runs.pending[0]?.resolve('outdated')
    await before

    const after = there(1)
    await running(runs, 1)
    runs.pending[0]?.reject(new Error('failed'))

    expect(await after).toBe('old')
    expect(await here.get(1)).toBeUndefined()
  })
})

describe('a call on Redis that is to wait for a refresh', () => {
  it('is not given what that read before an update of another process, which has been expired since', async () => {
    const { here, there, runs } = elsewhere('redis', { ...WINDOWS, softTimeout: 1_000 })
    await here.set('old', 1)
    await here.expire(1)
    expect(await here(1)).toBe('old') // and its refresh goes on behind it
    const [refresh] = runs.pending
    const update = there.update(1)
    await until(() => runs.count === 2, 'the update')
    runs.pending[1]?.resolve('updated')
    await update
    await there.expire(1)
    const call = here(1)
    await here.get(1) // the call has read as well by then

    refresh?.resolve('outdated')

    expect(await call).toBe('updated')
    runs.pending[0]?.resolve('new')
    await here.idle()
  })
})

describe('an expire on a store with leases that cannot change what an entry begins with', () => {
  it('stores no run of another process from before it either', async () => {
    const { here, there, runs } = elsewhere('redis', {
      ...WINDOWS,
      storageInterface: (_backend, { storage }) => ({ ...storage, swapMany: undefined }),
    })
    await here.set('old', 1)
    await here.expire(1)
    const before = here(1)
    await running(runs, 1)

    await there.expire(1)

    runs.pending[0]?.resolve('outdated')
    await before
    expect(await there.get(1)).toBeUndefined()
  })
})
