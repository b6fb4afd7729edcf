import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { KeyError } from '../../lib/errors.js'
import { checkNoLease, leaseKey } from '../../lib/storage/lease-key.js'

/** The slot that Redis Cluster gives a key: CRC16 (XMODEM) of its hash tag, else of all of it, modulo 16384. */
function slotOf(key: string): number {
  const bytes = Buffer.from(key)
  const open = bytes.indexOf('{')
  const close = open < 0 ? -1 : bytes.indexOf('}', open + 1)
  const hashed = close > open + 1 ? bytes.subarray(open + 1, close) : bytes
  let crc = 0
  for (const byte of hashed) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % 16_384
}

const isLegal = (key: string): boolean => {
  try {
    checkNoLease(key)
    return true
  } catch {
    return false
  }
}

const PIECE = fc.constantFrom('{', '}', '=lease', 'a', ':', '::', 'é', '=')
const KEY = fc.array(PIECE, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''))

describe('the key of a lease', () => {
  it.each([
    ['getUrl::1', '{getUrl::1}=lease'],
    ['user:{42}::1', 'user:{42}::1=lease'],
    ['a{b', '{a{b}=lease'],
    ['a}b', undefined],
    ['a{}b', undefined],
  ])('of %s is %s', (key, lease) => {
    const got = leaseKey(key)

    expect(got).toBe(lease)
  })

  it('is in the slot of its entry', () => {
    fc.assert(
      fc.property(KEY, (key) => {
        const lease = leaseKey(key)

        expect(lease === undefined || slotOf(lease) === slotOf(key)).toBe(true)
      }),
    )
  })

  it('is that of one entry alone, and of none that there may be', () => {
    fc.assert(
      fc.property(KEY, KEY, (one, other) => {
        fc.pre(one !== other && isLegal(one) && isLegal(other) && leaseKey(one) !== undefined)

        const lease = leaseKey(one)

        expect(lease).not.toBe(leaseKey(other))
        expect(isLegal(String(lease))).toBe(false)
      }),
    )
  })

  it('is refused as that of an entry, with what it is', () => {
    const check = () => checkNoLease('{a}=lease')

    expect(check).toThrow(KeyError)
    expect(check).toThrow(
      'a key with a {hash tag} that ends in \'=lease\' is that of a lease, not of an entry; got "{a}=lease"',
    )
  })

  it.each(['page=lease', 'User:x=lease', 'a}=lease', '{}=lease'])('leaves %s to entries', (key) => {
    expect(() => checkNoLease(key)).not.toThrow()
  })
})
