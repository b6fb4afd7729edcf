import assert from 'node:assert/strict'
import type { Failure, Storage, Swap } from '../index.js'
import { assertBetween, livesOf, PATIENCE } from './clockwork.js'
import { numbered } from './functions.js'
import { patient, type Suite } from './suite.js'

const FROM = '@ring1{"cost":1}\n'
const TO = '@ring1{"cost":2,"failures":1}\n'
const LONG = 600_000

/** What an entry carries beside its value, changed in one step where the store can. */
export function swaps({ storeCase, it, itLooking, storageOf, wrap, tick, ttlWherePossible }: Suite): void {
  const { swaps = false, capabilities } = storeCase
  if (!swaps) {
    it('has no swapMany, as the case says', async () => {
      assert.equal(storageOf().swapMany, undefined, 'its Storage has swapMany: let the case say `swaps: true`')
    })
    return
  }
  const { ttl } = ttlWherePossible(LONG)

  /** What the tests do to entries, by keys that are the test's own. */
  const over = (storage: Storage) => {
    const f = wrap(numbered())
    const key = (name: string): string => f.key(name)
    const write = async (entries: Readonly<Record<string, string | Buffer>>, life = ttl): Promise<void> => {
      const items = Object.entries(entries).map(([name, form]) => {
        const value = capabilities.values === 'bytes' ? Buffer.from(form) : String(form)
        return { key: key(name), value, ttl: life }
      })
      const failures = await storage.setMany(items, patient())
      assert.deepEqual(
        failures,
        items.map(() => undefined),
      )
    }
    const read = async (...names: string[]): Promise<(Buffer | undefined)[]> => {
      const found = await storage.getMany(names.map(key), patient())
      return found.map((stored) => stored && Buffer.from(stored.value as string | Uint8Array)) // it holds nothing else
    }
    const texts = async (...names: string[]) => (await read(...names)).map((bytes) => bytes?.toString())
    const swap = (names: readonly string[], more: Partial<Swap> = {}): Promise<readonly (Failure | boolean)[]> =>
      swapsOf(
        storage,
        names.map((name) => ({ key: key(name), from: FROM, to: TO, ttl, fences: false, ...more })),
      )
    return { storage, key, write, read, texts, swap }
  }

  it('changes what an entry begins with, and leaves the rest as it is', async () => {
    const { write, read, swap } = over(storageOf())
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256))
    const rest = capabilities.values === 'bytes' ? bytes : Buffer.from('"\n\r\\ %d \u0000 @ring1{}\n é 漢 🎈')
    await write({ a: Buffer.concat([Buffer.from(FROM), rest]) })

    const told = await swap(['a'])

    const [stored] = await read('a')
    assert.deepEqual(told, [true])
    assert.deepEqual(stored, Buffer.concat([Buffer.from(TO), rest]))
  })

  it('gives metadata to an entry that has none, and takes it away', async () => {
    const { write, texts, swap } = over(storageOf())
    await write({ a: 'plain', b: `${FROM}plain` })

    const told = [await swap(['a'], { from: '' }), await swap(['b'], { to: '' })]

    assert.deepEqual(told, [[true], [true]])
    assert.deepEqual(await texts('a', 'b'), [`${TO}plain`, 'plain'])
  })

  it('leaves an entry that begins otherwise', async () => {
    const { write, texts, swap } = over(storageOf())
    const forms = { a: `${TO}value`, b: 'plain', c: FROM.slice(0, -1), d: `plain${FROM}` }
    await write(forms)

    const told = await swap(Object.keys(forms))

    assert.deepEqual(told, [false, false, false, false])
    assert.deepEqual(await texts(...Object.keys(forms)), Object.values(forms))
  })

  it('leaves an entry with metadata, of whatever version, where it was to have none', async () => {
    const { write, texts, swap } = over(storageOf())
    const forms = { a: `${FROM}value`, b: '@ring2{}\nvalue' }
    await write(forms)

    const told = await swap(Object.keys(forms), { from: '' })

    assert.deepEqual(told, [false, false])
    assert.deepEqual(await texts(...Object.keys(forms)), Object.values(forms))
  })

  it('makes no entry where there is none', async () => {
    const { storage, key, write, texts, swap } = over(storageOf())
    await write({ deleted: `${FROM}value` })
    await storage.deleteMany([key('deleted')], patient())

    const told = [await swap(['deleted', 'never']), await swap(['deleted', 'never'], { from: '' })]

    assert.deepEqual(told, [
      [false, false],
      [false, false],
    ])
    assert.deepEqual(await texts('deleted', 'never'), [undefined, undefined])
  })

  it('tells of each of many, in order', async () => {
    const { write, texts, swap } = over(storageOf())
    await write({ a: `${FROM}A`, c: 'C', d: `${FROM}D` })

    const told = await swap(['a', 'b', 'c', 'd'])

    assert.deepEqual(told, [true, false, false, true])
    assert.deepEqual(await texts('a', 'b', 'c', 'd'), [`${TO}A`, undefined, 'C', `${TO}D`])
  })

  const names = Array.from({ length: 50 }, (_, i) => `entry ${i}`)
  const of = (form: string) => Object.fromEntries(names.map((name) => [name, form]))
  const racing = async (here: ReturnType<typeof over>, there: Storage): Promise<void> => {
    const other = over(there)
    await here.write(of(`${FROM}old`))
    const swapping = here.swap(names)
    await there.deleteMany(names.map(here.key), patient())
    await swapping
    const deleted = await here.texts(...names)
    await here.write(of(`${FROM}old`))
    const again = here.swap(names)
    await other.write(of('new'))
    await again

    assert.deepEqual(
      [...deleted, ...(await here.texts(...names))],
      [...names.map(() => undefined), ...names.map(() => 'new')],
    )
  }

  it('brings nothing back that is deleted or set meanwhile', async () => {
    const storage = storageOf()

    await racing(over(storage), storage)
  })

  itLooking(['elsewhere'], 'brings nothing back that another process deletes or sets', async ({ elsewhere }) => {
    const other = storageOf(await elsewhere())

    await racing(over(storageOf()), other)
  })

  if (capabilities.expiry !== 'none') {
    it('has the ttl begin anew', async () => {
      const { write, texts, swap } = over(storageOf())
      await write({ 'left alone': `${FROM}value`, swapped: `${FROM}value` }, 1_000)
      await write({ shortened: `${FROM}value` }, LONG)

      await swap(['swapped'], { ttl: LONG })
      await swap(['shortened'], { ttl: 1_000 })

      const isThere = (name: string) => async () => (await texts(name))[0] !== undefined
      const [alone, shortened] = await livesOf(tick, ['left alone', 'shortened'].map(isThere), PATIENCE + 1_000)
      assertBetween(alone, 0, PATIENCE)
      assertBetween(shortened, 0, PATIENCE)
      assert.deepEqual(await texts('swapped'), [`${TO}value`])
    })
  }

  if ((capabilities.lease ?? 'process') !== 'process') {
    it('ends the lease of the key where it fences, whatever becomes of the entry', async () => {
      const { storage, key, write, swap } = over(storageOf())
      const { leases } = storage
      assert.ok(leases)
      await write({ swapped: `${FROM}value`, refused: `${TO}value`, left: `${FROM}value` })
      const of = (name: string) => ({ key: key(name), token: `token of ${name}` })
      const all = ['swapped', 'refused', 'absent', 'left'].map(of)
      await leases.take(all, LONG, true, patient())

      const told = [await swap(['swapped', 'refused', 'absent'], { fences: true }), await swap(['left'])]

      assert.deepEqual(told, [[true, false, false], [true]])
      assert.deepEqual(await leases.release(all, patient()), [false, false, false, true])
    })
  }
}

async function swapsOf(storage: Storage, swaps: readonly Swap[]): Promise<readonly (Failure | boolean)[]> {
  assert.ok(storage.swapMany, 'its Storage has no swapMany: let the case not say `swaps: true`')
  return storage.swapMany(swaps, patient())
}
