/** What is left to do when writes have ended, or cannot be begun. */
import { checkNotLeftAlone } from './budget.js'
import type { Call, Context } from './call.js'
import { beginTurn, doubt, endTurn, isDoubtful } from './fence.js'
import { giveBack } from './lease.js'
import { nameOf, type Outcome, type Write } from './outcome.js'
import { remember } from './replays.js'

/** Remembers what failed, and gives back what leases were not used up. Never rejects. */
export async function settle(
  context: Context,
  writes: readonly Write[],
  outcomes: ReadonlyMap<Write, Outcome>,
): Promise<void> {
  outcomes.forEach((outcome, write) => {
    // What a plain call gave is no loss: nothing older is there, or it may stay.
    if (outcome.status !== 'failed' || write.kind === 'result') return
    remember(context, write.turn, nameOf(write), outcome.error)
  })
  for (const { held } of writes) held?.stop()
  const left = writes.flatMap((write) => {
    const { held, turn } = write
    return held === undefined || outcomes.get(write)?.status === 'stored' || isDoubtful(turn)
      ? []
      : { held, turn, write }
  })
  const [first] = left
  if (first === undefined) return
  const stood = await giveBack(
    context,
    first.write.call,
    left.map(({ held }) => held),
  )
  // One that stood no more tells that what the run gave was outdated.
  left.forEach(({ turn }, i) => {
    if (stood[i] !== true) doubt(turn)
  })
}

/** @throws StoreError while the store is left alone: what an `update` gave could not be stored. */
export function checkStorable(context: Context, calls: readonly Call[]): void {
  const { storage } = context
  const [first] = calls
  if (first === undefined) return
  try {
    checkNotLeftAlone(storage, 'update', first.key)
  } catch (error) {
    for (const { key } of calls) {
      const turn = beginTurn(storage.identity, key, true)
      remember(context, turn, 'update', error)
      endTurn(turn)
    }
    throw error
  }
}
