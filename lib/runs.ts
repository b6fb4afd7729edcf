import { spend } from './budget.js'
import { type Call, type Context, keepsAfter, sharing } from './call.js'
import { beginTurn, doubt, inTurn, markLeased } from './fence.js'
import { fly, inOrder, leftBefore, oncePerKey, type Run } from './fly.js'
import { keepAll } from './keep.js'
import { asked, type Held, hold } from './lease.js'
import { newLease, noteLost } from './lost-leases.js'
import { whenReady } from './maybe.js'
import { type Ended, make } from './run.js'
import { checkStorable } from './settle.js'

/** Runs the function for each distinct call and stores what it gives, by one bulk write. Rejects like `getOrUpdateMany`; at once while the store is left alone. */
export async function updateMany(context: Context, calls: readonly Call[]): Promise<unknown[]> {
  checkStorable(context, calls)
  const own: Run[] = []
  const given = oncePerKey(calls, (call) => {
    const left = leftBefore(call)
    return left === undefined ? begin(context, call, own) : { outcome: left }
  })
  const replacing = context.leasing === undefined ? undefined : replaceLeases(context, own)
  const run = async ({ call, turn }: Run, i: number): Promise<Ended> => {
    const { held, error } = (replacing && (await replacing)[i]) ?? {} // without leases the function runs at once
    const making = { kind: 'update', call, turn, held, keeps: true, error } as const
    return make(context, making)
  }
  const failures = await fly(context, own, run, (writes) => keepAll(context, 'update', writes))
  return inOrder(calls, given, failures)
}

function begin({ storage }: Context, call: Call, own: Run[]): Run {
  const run: Run = { call: sharing(call), turn: beginTurn(storage.identity, call.key, true) }
  own.push(run)
  return run
}

/** What an update has got: a lease, nothing where its key can have none, or why what it gives cannot be stored. */
interface Replaced {
  readonly held?: Held | undefined
  readonly error?: unknown
}

/** Gives each update the lease of its key, whoever had it. */
async function replaceLeases(context: Context, own: readonly Run[]): Promise<readonly Replaced[]> {
  const { leasing, storage } = context
  const covered = own.filter(({ call }) => leasing?.covers(call.key))
  const [first] = covered
  if (leasing === undefined || first === undefined) return own.map(() => ({}))
  const leases = covered.map(({ call }) => newLease(call.key))
  const turns = covered.map(({ turn }) => turn)
  try {
    // After the writes that are under way: a set that began before ends whatever lease stands.
    const marks = await spend(first.call.budget, storage, 'update', first.call.key, (attempt) =>
      inTurn(turns, attempt, () =>
        whenReady(asked(context, leases, attempt, leasing.replace(leases, leasing.ttl, attempt)), (given) => {
          if (!attempt.givenUp) turns.forEach(markLeased)
          return given
        }),
      ),
    )
    const held = new Map(leases.map((lease, i) => [lease.key, hold(context, leasing, lease, marks[i])]))
    return own.map(({ call }) => ({ held: held.get(call.key) }))
  } catch (error) {
    noteLost(storage, leases)
    // The store refused one of many: the others are not to fail with it.
    if (own.length > 1 && keepsAfter(error)) {
      return (await Promise.all(own.map((one) => replaceLeases(context, [one])))).flat()
    }
    turns.forEach(doubt)
    return own.map(({ call }) => (leasing.covers(call.key) ? { error } : {}))
  }
}
