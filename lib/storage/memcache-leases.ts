/**
 * Leases on memcached: `add` lets one process through. What is looked at before a write may have changed when the write
 * comes: a write may depend on what its own key holds (`cas`), never on what another does.
 */
import { asBuffer } from './client.js'
import { checkWaited } from './gate.js'
import { leaseKey } from './lease-key.js'
import { fitsMemcache, memcacheSeconds } from './memcache-client.js'
import { type Attempt, forEach, type Item, type Leases, type Stored, writeEach } from './storage.js'

/** The commands of a memcached, each of which rejects when it fails. */
export interface MemcacheCommands {
  get(key: string): Promise<Stored | undefined>
  set(item: Item): Promise<void>
  /** False where the key holds something. `seconds` as memcached takes them. */
  add(key: string, value: string, seconds: number): Promise<boolean>
  remove(key: string): Promise<boolean>
  touch(key: string, seconds: number): Promise<boolean>
  /** Through the gate of the client. */
  pass<T>(attempt: Attempt, send: () => Promise<T>): Promise<T>
}

/** It is enough that it is something. */
const SOME = 'some'

/** What a lease begins with that is left to whoever asks for it next: no token does. */
const YIELDED = '~'

/** The leases of a memcached, by the client of its store. */
export function memcacheLeases({ get, set, add, remove, touch, pass }: MemcacheCommands): Leases {
  const holder = async (lease: string): Promise<string> => String((await get(lease))?.value)
  const stands = async (lease: string, token: string): Promise<boolean> =>
    [token, YIELDED + token].includes(await holder(lease))
  const unlessKnown = async (key: string, known = ''): Promise<Stored | undefined> => {
    const stored = await get(key)
    return stored !== undefined && known !== '' && beginsWith(stored, known) ? undefined : stored
  }
  return {
    covers: (key) => fitsMemcache(leaseKey(key) ?? ''),
    take: (leases, ttl, anyway, attempt) =>
      pass(attempt, () =>
        forEach(leases, async ({ key, token, known, lost = [] }) => {
          const before = anyway ? undefined : await unlessKnown(key, known)
          if (before !== undefined) return before
          checkWaited(attempt)
          const lease = keyOf(key)
          if (!(await add(lease, token, memcacheSeconds(atLeast(ttl))))) {
            const held = await holder(lease)
            if (!held.startsWith(YIELDED) && !lost.includes(held)) return 'held'
            checkWaited(attempt)
            await set({ key: lease, value: token, ttl: atLeast(ttl) })
          }
          const since = anyway ? undefined : await unlessKnown(key, known)
          if (since === undefined) return 'taken'
          await remove(lease)
          return since
        }),
      ),
    replace: (leases, ttl, attempt) =>
      pass(attempt, () =>
        forEach(leases, async ({ key, token }) => {
          await set({ key: keyOf(key), value: token, ttl: atLeast(ttl) })
          return SOME
        }),
      ),
    renew: (leases, ttl, attempt) =>
      pass(attempt, () =>
        forEach(leases, async ({ key, token }) => {
          const lease = keyOf(key)
          return (await stands(lease, token)) && touch(lease, memcacheSeconds(atLeast(ttl)))
        }),
      ),
    yield: (leases, ttl, attempt) =>
      pass(attempt, () =>
        forEach(leases, async ({ key, token }) => {
          const lease = keyOf(key)
          if (!(await stands(lease, token))) return false
          checkWaited(attempt)
          await set({ key: lease, value: YIELDED + token, ttl: atLeast(ttl) })
          return true
        }),
      ),
    release: (leases, attempt) =>
      pass(attempt, () =>
        forEach(leases, async ({ key, token }) => {
          const lease = keyOf(key)
          return (await stands(lease, token)) && remove(lease)
        }),
      ),
    setMany: (items, attempt) =>
      pass(attempt, async () => {
        const refused = new Set<Item>()
        const failures = await writeEach(items, async (item) => {
          const lease = keyOf(item.key)
          if (item.lease === undefined) {
            // A run elsewhere that ends between the two is to find its lease gone.
            await inOrder(
              () => remove(lease),
              () => set(item),
            )
          } else if (await stands(lease, item.lease.token)) {
            checkWaited(attempt)
            // Who looks between the two is to find the lease still there, or the entry.
            await inOrder(
              () => set(item),
              () => remove(lease),
            )
          } else {
            refused.add(item)
            if (item.unlessChanged === SOME) await remove(item.key)
          }
        })
        return failures.map((failure, i) => (refused.has(items[i] as Item) ? 'refused' : failure)) // one for each
      }),
    deleteMany: (keys, attempt) =>
      pass(attempt, () =>
        forEach(keys, async (key) => {
          const [, removed] = await forEach([keyOf(key), key], remove)
          return removed === true
        }),
      ),
  }
}

function beginsWith({ value }: Stored, text: string): boolean {
  const head = Buffer.from(text)
  return asBuffer(value).subarray(0, head.length).equals(head)
}

/** Sent in one go, in this order. */
async function inOrder(...commands: (() => Promise<unknown>)[]): Promise<void> {
  await forEach(commands, (send) => send())
}

/** The server's clock ticks once a second: with one more, a lease does not end early. Whole seconds, in milliseconds. */
function atLeast(ttl: number): number {
  return (Math.ceil(ttl / 1000) + 1) * 1000
}

function keyOf(key: string): string {
  const lease = leaseKey(key)
  if (lease === undefined) throw new TypeError(`there is no lease of '${key}'`)
  return lease
}
