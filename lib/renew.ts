import { amend, type Change } from './amend.js'
import { spend } from './budget.js'
import type { Call, Common, Context } from './call.js'
import { UnsupportedError } from './errors.js'
import { beginTurn, endTurn, inTurn, isOvertaken, type Turn } from './fence.js'
import { keepsEnd } from './freshness.js'
import { allReady, type MaybePromise, whenReady } from './maybe.js'
import { decoded, freshEntry, isFresh } from './read.js'
import { trusting } from './replays.js'
import { ttlOf } from './resolve.js'
import type { Attempt, Storage } from './storage/storage.js'
import { termsOf } from './write.js'

/** Starts the `ttl` of entries anew, and with it their windows, each in its turn: by a command of the store, else by reading and writing them again. */
export async function renew(context: Context, calls: readonly Call[]): Promise<readonly boolean[]> {
  const { storage, failedWrites } = context
  const [first] = calls
  if (first === undefined) return []
  checkRenewable(context, first)
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, false))
  try {
    const ttls = await ttlsOf(context, first, calls)
    const { touchMany } = storage
    const isPlain = !storage.wholeSeconds && !keepsEnd(context.policy)
    return await spend(first.budget, storage, 'touch', first.key, (attempt) =>
      trusting(failedWrites, keys, attempt, () =>
        inTurn(turns, attempt, () =>
          touchMany !== undefined && isPlain
            ? touchAll(touchMany, keys, ttls, attempt)
            : readAndRenew(context, calls, turns, ttls, attempt),
        ),
      ),
    )
  } finally {
    turns.forEach(endTurn)
  }
}

/** @throws UnsupportedError where there is no `ttl` to start anew */
export function checkRenewable({ policy, storage }: Common, { ttl }: Pick<Call, 'ttl'>): void {
  if (storage.capabilities.expiry === 'none') {
    throw new UnsupportedError(`touch starts the ttl of an entry anew, and ${storage.name} can end no entry`)
  }
  if (policy.ttl !== undefined || ttl !== undefined) return
  throw new UnsupportedError(
    'touch starts the ttl of an entry anew, and this function has none: give it the option ttl',
  )
}

type Ttls = readonly (number | undefined)[]

/** The new `ttl` of each entry; `undefined` where it depends on a value that is not there. Before the turn: coders take their time. */
async function ttlsOf(context: Context, first: Call, calls: readonly Call[]): Promise<Ttls> {
  const { storage, policy, failedWrites } = context
  const given = calls.map(
    (call) => call.ttl ?? (typeof policy.ttl === 'number' ? ttlOf(policy, undefined, []) : undefined),
  )
  const keys = calls.map((call) => call.key)
  if (given.every((ttl) => ttl !== undefined)) return given
  const stored = await spend(first.budget, storage, 'touch', first.key, (attempt) =>
    trusting(failedWrites, keys, attempt, () => storage.getMany(keys, attempt)),
  )
  return Promise.all(
    calls.map(async (call, i) => {
      const entry = freshEntry(context, call, stored[i])
      const value = entry && (await decoded(context, call, entry))
      return value && ttlOf(policy, value.value, call.args)
    }),
  )
}

/** By commands of the store alone: of what carries no end of its own. */
function touchAll(
  touchMany: NonNullable<Storage['touchMany']>,
  keys: readonly string[],
  ttls: Ttls,
  attempt: Attempt,
): MaybePromise<readonly boolean[]> {
  const [same] = ttls
  if (same !== undefined && ttls.every((ttl) => ttl === same)) return touchMany(keys, same, attempt)
  const each = keys.map((key, i) => {
    const ttl = ttls[i]
    return ttl === undefined ? [false] : touchMany([key], ttl, attempt)
  })
  return whenReady(allReady(each), (touched) => touched.map(([is]) => is === true))
}

/** At once where the store answers at once: `cachedSync` on the same Map waits for nobody. */
function readAndRenew(
  context: Context,
  calls: readonly Call[],
  turns: readonly Turn[],
  ttls: Ttls,
  attempt: Attempt,
): MaybePromise<readonly boolean[]> {
  const { storage } = context
  // Of what has no `ttl` the look at its value has told why.
  const due = calls.flatMap((call, i) => {
    const [ttl, turn] = [ttls[i], turns[i]]
    return ttl === undefined || turn === undefined ? [] : { call, turn, ttl }
  })
  const plain = new Set<number>()
  const change: Change = (entry, at) => {
    const one = due[at]
    if (one === undefined || !isFresh(context, entry)) return undefined
    if (isOvertaken(one.turn)) return undefined // a listener of what was found there may have written
    const terms = termsOf(context, one.ttl, entry.meta.cost)
    if (storage.touchMany === undefined || terms.meta !== undefined || entry.header !== '') return terms
    plain.add(at)
    return undefined
  }
  const amending = amend(
    context,
    due.map(({ call }) => call),
    attempt,
    change,
  )
  const inPlace = (renewed: readonly boolean[]): boolean[] => {
    const byKey = new Map(due.map(({ call }, at) => [call.key, renewed[at] === true]))
    return calls.map(({ key }) => byKey.get(key) === true)
  }
  return whenReady(amending, (amended) => {
    const renewed = amended.map((changed) => changed !== false) // what others keep writing is no older
    const { touchMany } = storage
    if (plain.size === 0 || touchMany === undefined || attempt.givenUp) return inPlace(renewed)
    const at = [...plain]
    const touching = touchAll(
      touchMany,
      at.map((i) => due[i]?.call.key ?? ''),
      at.map((i) => due[i]?.ttl),
      attempt,
    )
    return whenReady(touching, (touched) => inPlace(renewed.map((is, i) => is || touched[at.indexOf(i)] === true)))
  })
}
