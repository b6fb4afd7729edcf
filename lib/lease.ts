/** The leases that runs of this process hold, and what is stored and removed by them. */
import { newBudget, spend } from './budget.js'
import type { Call, Context } from './call.js'
import { noteLost } from './lost-leases.js'
import { allReady, type MaybePromise, whenReady } from './maybe.js'
import type { Leasing } from './resolve.js'
import type { Attempt, Driver, Failure, Lease, LeasedItem, Leases } from './storage/storage.js'

/** A lease that is kept alive while a function runs. */
export interface Held {
  readonly lease: Lease
  /** Of an update: what its entry looked like when it began. */
  readonly unlessChanged?: string | undefined
  /** Lets it end by itself. */
  stop(): void
}

/** How often a lease is renewed in its time. */
const RENEWALS = 3

/** Keeps a lease alive that this process has got, until it is stopped or stands no more. */
export function hold(context: Context, leasing: Leasing, lease: Lease, unlessChanged?: string): Held {
  const { storage, policy } = context
  const every = leasing.ttl / RENEWALS
  let renewing = false
  const renew = async (): Promise<void> => {
    if (renewing) return
    renewing = true
    const budget = newBudget(policy.storeTimeout)
    try {
      const [stands] = await spend(budget, storage, 'lease', lease.key, (attempt) =>
        leasing.renew([lease], leasing.ttl, attempt),
      )
      if (stands === false) stop()
    } catch {} // the next time may do, and without the lease nothing is written
    renewing = false
  }
  const timer = setInterval(renew, every).unref()
  const stop = (): void => clearInterval(timer)
  return { lease, unlessChanged, stop }
}

/** Leaves a lease to whoever asks for it next: until then it stands for its run, for its `ttl`. Never rejects. */
export async function leave({ storage, leasing, policy }: Context, held: Held): Promise<void> {
  held.stop()
  if (leasing === undefined) return
  const { lease } = held
  noteLost(storage, [lease]) // in this process it is free at once
  try {
    await spend(newBudget(policy.storeTimeout), storage, 'lease', lease.key, (attempt) =>
      leasing.yield([lease], leasing.ttl, attempt),
    )
  } catch {} // then it ends by itself
}

/** Gives leases back: for each, whether it still stood, `undefined` if the store did not tell. Never rejects. */
export async function giveBack(
  { storage, leasing }: Context,
  { budget }: Pick<Call, 'budget'>,
  all: readonly Held[],
): Promise<readonly (boolean | undefined)[]> {
  const [first] = all
  if (first === undefined || leasing === undefined) return []
  for (const held of all) held.stop()
  const leases = all.map(({ lease }) => lease)
  try {
    return await spend(budget, storage, 'lease', first.lease.key, (attempt) => leasing.release(leases, attempt))
  } catch {
    noteLost(storage, leases)
    return []
  }
}

/** Asks for leases. What comes when nobody waits for it any more is given back: others would wait for nobody. */
export function asked<T>(
  context: Context,
  leases: readonly Lease[],
  attempt: Attempt,
  answer: MaybePromise<T>,
): MaybePromise<T> {
  return whenReady(answer, (given) => {
    if (attempt.givenUp) {
      const late = leases.map((lease) => ({ lease, stop: () => {} }))
      void giveBack(context, { budget: newBudget(context.policy.storeTimeout) }, late)
    }
    return given
  })
}

/** Stores each item: for one under a lease, only while that stands; else, whatever lease stands ends with it. */
export function setItems(
  { storage, leasing }: Context,
  items: readonly LeasedItem[],
  attempt: Attempt,
): MaybePromise<readonly (Failure | 'refused' | undefined)[]> {
  if (leasing === undefined) return storage.setMany(items, attempt)
  return divided(
    items,
    ({ key }) => leasing.covers(key),
    (leased) => leasing.setMany(leased, attempt),
    (others) => storage.setMany(others, attempt),
  )
}

/** Removes entries, and whatever lease of theirs stands: for each key, whether an entry was there. */
export function removeKeys(
  { storage, leasing }: { readonly storage: Driver; readonly leasing: Leases | undefined },
  keys: readonly string[],
  attempt: Attempt,
): MaybePromise<readonly boolean[]> {
  if (leasing === undefined) return storage.deleteMany(keys, attempt)
  return divided(
    keys,
    (key) => leasing.covers(key),
    (leased) => leasing.deleteMany(leased, attempt),
    (others) => storage.deleteMany(others, attempt),
  )
}

/** What the one does to those that are so, and the other to the rest, in the order of them all. */
function divided<T, A, B>(
  all: readonly T[],
  isSo: (one: T) => boolean,
  one: (some: readonly T[]) => MaybePromise<readonly A[]>,
  other: (rest: readonly T[]) => MaybePromise<readonly B[]>,
): MaybePromise<readonly (A | B)[]> {
  const so = all.map(isSo)
  if (so.every(Boolean)) return one(all)
  const some = one(all.filter((_, i) => so[i]))
  const rest = other(all.filter((_, i) => !so[i]))
  return whenReady(allReady([some, rest]), ([first, second]) => {
    const [mine, theirs] = [first.values(), second.values()]
    return so.map((is) => (is ? mine : theirs).next().value as A | B) // as many as there are
  })
}
