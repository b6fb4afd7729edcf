import { describe, expect, it } from '@jest/globals'
import { createReadWriteOrder } from '../../lib/storage/read-write-order.js'
import type { Attempt } from '../../lib/storage/storage.js'

const attempt = (): Attempt => ({ givenUp: false, onGiveUp: undefined, timeout: 1_000 })
const giveUp = (given: Attempt) => {
  given.givenUp = true
  given.onGiveUp?.()
}
/** Operations that end when the test says so, and the order in which they began. */
function operations() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name)
      ends.set(name, () => resolve(name))
    })
  const end = (name: string) => ends.get(name)?.()
  return { begun, run, end }
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the order of reads and writes', () => {
  it('lets a write wait for the reads of its key that began before', async () => {
    const order = createReadWriteOrder()
    const { begun, run, end } = operations()

    const reads = [order.read(['a'], attempt(), run('read 1')), order.read(['a', 'b'], attempt(), run('read 2'))]
    const write = order.write(['a'], attempt(), run('write'))
    await turn()
    end('read 1')
    await turn()
    const before = [...begun]
    end('read 2')
    await turn()
    end('write')

    expect(before).toEqual(['read 1', 'read 2'])
    expect(await Promise.all([...reads, write])).toEqual(['read 1', 'read 2', 'write'])
  })

  it('lets a read wait for the writes of its key that began before, so that no write waits for ever', async () => {
    const order = createReadWriteOrder()
    const { begun, run, end } = operations()

    void order.read(['a'], attempt(), run('read 1'))
    void order.write(['a'], attempt(), run('write'))
    void order.read(['a'], attempt(), run('read 2'))
    await turn()
    end('read 1')
    await turn()
    const between = [...begun]
    end('write')
    await turn()

    expect(between).toEqual(['read 1', 'write'])
    expect(begun).toEqual(['read 1', 'write', 'read 2'])
  })

  it('lets reads pass each other, and writes, and whatever is of another key', async () => {
    const order = createReadWriteOrder()
    const { begun, run } = operations()

    void order.read(['a'], attempt(), run('read 1'))
    void order.read(['a'], attempt(), run('read 2'))
    void order.write(['b'], attempt(), run('write 1'))
    void order.write(['b'], attempt(), run('write 2'))
    await turn()

    expect(begun).toEqual(['read 1', 'read 2', 'write 1', 'write 2'])
  })

  it('does not wait for what was given up', async () => {
    const order = createReadWriteOrder()
    const { begun, run } = operations()
    const reading = attempt()

    void order.read(['a'], reading, run('read'))
    void order.write(['a'], attempt(), run('write'))
    giveUp(reading)
    await turn()

    expect(begun).toEqual(['read', 'write'])
  })

  it('never begins what was given up while it waited', async () => {
    const order = createReadWriteOrder()
    const { begun, run, end } = operations()
    const writing = attempt()

    void order.read(['a'], attempt(), run('read'))
    const write = order.write(['a'], writing, run('write'))
    giveUp(writing)
    end('read')

    await expect(write).rejects.toThrow('given up')
    expect(begun).toEqual(['read'])
  })

  it('goes on after a failure', async () => {
    const order = createReadWriteOrder()

    const read = order.read(['a'], attempt(), () => Promise.reject(new Error('broken')))
    const write = order.write(['a'], attempt(), async () => 'written')

    await expect(read).rejects.toThrow('broken')
    expect(await write).toBe('written')
  })
})
