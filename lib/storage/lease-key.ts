/** Where the leases of entries are kept: beside them, under keys that no entry may have. */
import { KeyError } from '../errors.js'

const SUFFIX = '=lease'

/**
 * The key of an entry's lease, in the entry's slot of a Redis Cluster: `K=lease` where K has a hash tag, else
 * `{K}=lease`. `undefined` for a key that neither holds for, such as `a}b` or `a{}`.
 */
export function leaseKey(key: string): string | undefined {
  if (hasHashTag(key)) return `${key}${SUFFIX}`
  return key.includes('}') ? undefined : `{${key}}${SUFFIX}`
}

/** @throws KeyError for a key that is that of a lease */
export function checkNoLease(key: string): void {
  if (!key.endsWith(SUFFIX) || !hasHashTag(key)) return
  throw new KeyError(
    `a key with a {hash tag} that ends in '${SUFFIX}' is that of a lease, not of an entry; got ${JSON.stringify(key.slice(0, 60))}`,
  )
}

/** Whether Redis Cluster takes the slot from a part of the key: what stands between the first `{` and the next `}`, if anything. */
function hasHashTag(key: string): boolean {
  const open = key.indexOf('{')
  return open >= 0 && key.indexOf('}', open) > open + 1
}
