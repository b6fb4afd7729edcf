/** What is gathered for a store in this turn of the event loop and has yet to be sent: whatever writes has it sent first. */

const sendersByStore = new WeakMap<object, () => void>()

/** `send` hands over what is gathered for a store (its innermost object), until it is no more. */
export function setGathered(identity: object, send: () => void): void {
  sendersByStore.set(identity, send)
}

/** Nothing is gathered any more. */
export function clearGathered(identity: object): void {
  sendersByStore.delete(identity)
}

/** Hands over what is gathered, if anything is: what comes now is to be sent after it. */
export function sendGathered(identity: object): void {
  sendersByStore.get(identity)?.()
}
