/** Waiting that leaves the processor to others. */
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE = 10

/** Waits until `holds` gives true, a rejection counting as false; fails after so many milliseconds. */
export async function poll(holds: () => Promise<boolean> | boolean, within: number): Promise<void> {
  let last: unknown
  for (const deadline = performance.now() + within; performance.now() < deadline; await sleep(PAUSE)) {
    try {
      if (await holds()) return
    } catch (error) {
      last = error
    }
  }
  throw new Error(`it did not come true within ${within} ms`, { cause: last })
}
