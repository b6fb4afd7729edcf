/** What is left to do when writes have ended, or cannot be begun. */
import { checkNotLeftAlone } from './budget.js'
import type { Call, Context } from './call.js'
import { beginTurn, doubt, endTurn, isDoubtful } from './fence.js'
import { giveBack, type Held } from './lease.js'
import { nameOf, type Outcome, type Write } from './outcome.js'
import { remember } from './replays.js'

/** Remembers what failed, and gives back what leases were not used up. Never rejects. */
export function settle(
  context: Context,
  prepared: readonly { readonly write: Write }[],
  outcomes: readonly Outcome[],
): Promise<void> | undefined {
  const left: { readonly write: Write; readonly held: Held }[] = []
  prepared.forEach(({ write }, i) => {
    const outcome = outcomes[i]
    // What a plain call gave is no loss: nothing older is there, or it may stay.
    if (outcome?.status === 'failed' && write.kind !== 'result') {
      remember(context, write.turn, nameOf(write), outcome.error)
    }
    const { held, turn } = write
    held?.stop()
    if (held !== undefined && outcome?.status !== 'stored' && !isDoubtful(turn)) left.push({ write, held })
  })
  return left.length === 0 ? undefined : giveBackLeft(context, left)
}

async function giveBackLeft(
  context: Context,
  left: readonly { readonly write: Write; readonly held: Held }[],
): Promise<void> {
  const [first] = left
  if (first === undefined) return
  const stood = await giveBack(
    context,
    first.write.call,
    left.map(({ held }) => held),
  )
  // One that stood no more tells that what the run gave was outdated.
  left.forEach(({ write }, i) => {
    if (stood[i] !== true) doubt(write.turn)
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
