/** What is gathered for a store in this turn of the event loop and has yet to be sent: whatever writes has it sent first. */
export interface Gathered<Batch extends { send(): void } = { send(): void }> {
  batch: Batch | undefined
}

const gatheredByStore = new WeakMap<object, Gathered>()

/** One for each store (its innermost object). */
export function gatheredOf(identity: object): Gathered {
  let gathered = gatheredByStore.get(identity)
  if (gathered === undefined) {
    gathered = { batch: undefined }
    gatheredByStore.set(identity, gathered)
  }
  return gathered
}
