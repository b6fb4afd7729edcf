import { OptionError } from './errors.js'
import type { AnyOptions } from './options.js'

const OF_TTL = ['staleWhileRevalidate', 'staleIfError', 'jitter', 'earlyRefresh'] as const

/**
 * The options of one function, its defaults among them, that need each other or contradict each other.
 *
 * @throws OptionError that names both
 */
export function checkContradictions(options: AnyOptions): void {
  const { ttl, softTimeout, hardTimeout, batch, loadMany } = options
  for (const name of OF_TTL) {
    if (ttl !== undefined || !options[name]) continue
    throw new OptionError(
      `${name} counts from the end of an entry's ttl, and this function has none: give it the option ttl`,
    )
  }
  if (softTimeout && hardTimeout && softTimeout >= hardTimeout) {
    throw new OptionError(
      `softTimeout must be less than hardTimeout: it would never come first; got ${softTimeout} and ${hardTimeout}`,
    )
  }
  if (hardTimeout && batch?.wait !== undefined && batch.wait >= hardTimeout) {
    throw new OptionError(
      `batch.wait must be less than hardTimeout, which counts from when a run begins to wait for others; got ${batch.wait} and ${hardTimeout}`,
    )
  }
  if (batch === undefined || loadMany !== undefined) return
  throw new OptionError('batch gathers runs into one of loadMany: give the function that option as well')
}
