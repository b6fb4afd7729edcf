/** What is put and what is removed: at once, in the order of the key that `cached` keeps to as well. */
import { surviveStore } from '../call.js'
import { markTaken } from '../failed-writes.js'
import { beginTurn, endTurn, type Turn } from '../fence.js'
import { announce } from '../keep.js'
import { dueOf, failed, type Outcome, type Prepared, type Write } from '../outcome.js'
import { putNow } from '../put-now.js'
import { remember } from '../replays.js'
import { isKept, ttlOf } from '../resolve.js'
import { sample } from '../sample.js'
import { sealed } from '../write.js'
import { ask, askTrusted, refusePromise, type SyncCall, type SyncContext } from './call.js'

/** The writes that failed and whose caller is to know, by key. */
export type Failures = ReadonlyMap<string, unknown>

type Ready = Prepared<SyncCall>

/** Codes a value for the store. Never throws. */
export function prepare(context: SyncContext, write: Write<SyncCall>): Ready {
  const { call, value, kind } = write
  try {
    refusePromise(value, 'this is')
    if (kind !== 'set' && !isKept(context.policy, value, call.args)) return { write, dropped: true }
    const ttl = call.ttl ?? ttlOf(context.policy, value, call.args)
    const encoded = context.codec.encode(value)
    sample(context, value, encoded)
    return { write, item: sealed(context, call, encoded, ttl) }
  } catch (error) {
    return { write, error }
  }
}

/** Stores what plain calls gave, as far as it goes. */
export function keepResults(context: SyncContext, writes: readonly Ready[]): Failures {
  const failures = new Map<string, unknown>()
  for (const one of writes) {
    const outcome = put(context, one)
    const { write } = one
    if (outcome.status === 'dropped') continue
    if (outcome.status !== 'failed') announce(context, outcome.status === 'stored' ? 'write' : 'fenced', write)
    else if (!surviveStore(context, write.call, outcome.error)) failures.set(write.call.key, outcome.error)
  }
  return failures
}

/** Stores what the caller asked to be stored. */
export function keepAll(context: SyncContext, control: 'set' | 'update', writes: readonly Ready[]): Failures {
  const failures = new Map<string, unknown>()
  for (const one of writes) {
    const outcome = put(context, one)
    if (outcome.status === 'failed') {
      failures.set(one.write.call.key, outcome.error)
      remember(context, one.write.turn, control, outcome.error)
    } else if (outcome.status !== 'dropped')
      announce(context, outcome.status === 'stored' ? control : 'fenced', one.write)
  }
  return failures
}

/** Removes entries; what began before on their keys is fenced from now on. Distinct keys only. @throws StoreError */
export function remove(context: SyncContext, calls: readonly SyncCall[]): readonly boolean[] {
  return discard(context, calls, 'delete', (turns) => {
    const removed = context.storage.deleteMany(turns.map(({ key }) => key))
    for (const turn of turns) markTaken(context.failedWrites, turn)
    return removed
  })
}

/** Has entries be of no more use, by `act`, which marks what is taken; fences like `remove`. What fails is remembered. @throws StoreError */
export function discard(
  context: SyncContext,
  calls: readonly SyncCall[],
  operation: 'delete' | 'expire',
  act: (turns: readonly Turn[]) => readonly boolean[],
): readonly boolean[] {
  const { storage } = context
  const [first] = calls
  if (first === undefined) return []
  const keys = calls.map((call) => call.key)
  const turns = keys.map((key) => beginTurn(storage.identity, key, true))
  try {
    return operation === 'expire'
      ? askTrusted(context, operation, keys, () => act(turns))
      : ask(context, operation, first.key, () => act(turns))
  } catch (error) {
    for (const turn of turns) remember(context, turn, operation, error)
    throw error
  } finally {
    turns.forEach(endTurn)
  }
}

function put({ storage, failedWrites }: SyncContext, prepared: Ready): Outcome {
  if ('error' in prepared) return { status: 'failed', error: prepared.error }
  const { write } = prepared
  if ('dropped' in prepared) return drop({ storage, failedWrites }, write)
  return putNow({ storage, failedWrites }, storage.atOnce, write, prepared.item)
}

/** What an update gave and is not kept still ends what is older. */
function drop(
  { storage, failedWrites }: Pick<SyncContext, 'storage' | 'failedWrites'>,
  write: Write<SyncCall>,
): Outcome {
  if (write.kind !== 'update' || dueOf(write) === undefined) return { status: 'dropped' }
  try {
    storage.deleteMany([write.call.key])
    markTaken(failedWrites, write.turn)
    return { status: 'dropped' }
  } catch (error) {
    return failed(storage, write, { error })
  }
}
