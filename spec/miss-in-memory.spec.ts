import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { beginTurn, endTurn } from '../lib/fence.js'
import { cached } from '../lib/index.js'

const index = join(import.meta.dirname, '../dist/index.js')

/** What a program prints that has `cached` of the built package; how it ended, if not by itself. */
function printed(program: string): string {
  const code = `import { cached } from ${JSON.stringify(index)}\n${program}`
  const args = ['--expose-gc', '--input-type=module', '-e', code]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : `${stdout.trim()} (ended with ${status})`
}

describe('a miss in memory', () => {
  it('shares its flight with a call that the function makes before it first waits', async () => {
    let runs = 0
    const inner: Promise<unknown>[] = []
    const f = cached(
      async (id: string): Promise<string> => {
        runs += 1
        if (runs < 5) inner.push(f(id))
        return `run ${runs}`
      },
      { store: new Map(), keyPrefix: 'f' },
    )

    const given = await f('a')

    expect([given, runs]).toEqual(['run 1', 1])
    expect(await Promise.all(inner)).toEqual(['run 1'])
  })

  it('is joined though a run from before it, which a delete has outdated, ends meanwhile', async () => {
    const given: ((value: string) => void)[] = []
    const f = cached((_id: string) => new Promise<string>((give) => given.push(give)), { keyPrefix: 'f' })
    const outdated = f('a')
    await f.delete('a')
    const first = f('a')
    await Promise.resolve()
    given[0]?.('outdated')
    await outdated

    const second = f('a')

    given[1]?.('new')
    expect([await first, await second, given.length]).toEqual(['new', 'new', 2])
  })

  it('of a function that calls itself takes no stack for each level', () => {
    const program = `
      const sum = cached(async (n) => (n === 0 ? 0 : n + (await sum(n - 1))))
      console.log(await sum(2000))
    `

    expect(printed(program)).toBe('2001000')
  })

  it('is what a call makes of a value that can be looked at no more, and leaves nothing behind', async () => {
    const map = new Map<string, unknown>()
    const { proxy, revoke } = Proxy.revocable({}, {})
    const given: unknown[] = [proxy, 'anew']
    const f = cached(async (_id: string): Promise<unknown> => given.shift(), { store: map, keyPrefix: 'f' })
    f.on('error', () => {})
    await f('a')
    revoke()

    const call = Promise.resolve()
      .then(() => f('a'))
      .catch(String)

    expect(await call).toBe('anew')
    const turn = beginTurn(map, 'f::a', false)
    expect(turn.number).toBe(1)
    endTurn(turn)
  })
})

describe('a hit in memory', () => {
  it('holds nothing of the AsyncLocalStorage of the caller that made its promise', () => {
    const program = `
      import { AsyncLocalStorage } from 'node:async_hooks'
      import { setTimeout } from 'node:timers/promises'
      const requests = new AsyncLocalStorage()
      const f = cached(async (id) => ({ id }))
      await f('a')
      await setTimeout(5)
      const request = await (async () => {
        const request = { body: 'large' }
        await requests.run(request, async () => { await f('a') })
        return new WeakRef(request)
      })()
      for (let i = 0; i < 5; i++) { await setTimeout(10); gc() }
      console.log(request.deref() === undefined ? 'gone' : 'held')
    `

    expect(printed(program)).toBe('gone')
  })

  it('throws nothing at its caller where the entry takes no promise', async () => {
    const refuse = (): never => {
      throw new Error('no')
    }
    const entry = new Proxy({ value: 1, expires: undefined }, { defineProperty: refuse })
    const f = cached(async (_id: string): Promise<unknown> => 'run', {
      store: new Map([['f::a', entry]]),
      keyPrefix: 'f',
    })
    await f('a')

    const call = Promise.resolve()
      .then(() => f('a'))
      .catch(String)

    expect(await call).toBe(1)
  })
})
