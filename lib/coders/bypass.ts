import type { Coder } from '../coder.js'

/**
 * The value itself: the same object comes back on every hit, so what a caller does to it, every caller sees.
 * On Redis and memcached it takes bytes only.
 */
export const bypass: Coder = {
  encode: (value) => value,
  decode: (stored) => stored,
  stored: 'any',
}
