/**
 * Changes of what entries on memcached begin with. `memjs` has no method for `cas`, the number of an entry's last write, but
 * sends any request: a write with that number is refused where the entry was written or removed meanwhile.
 */
import { UnsupportedError } from '../errors.js'
import { asBuffer } from './client.js'
import { checkWaited } from './gate.js'
import { leaseKey } from './lease-key.js'
import {
  type Answer,
  fitsMemcache,
  type MemcacheClient,
  type MemcacheResponse,
  type MemcacheSerializer,
  memcacheSeconds,
} from './memcache-client.js'
import { type Attempt, type Storage, type Swap, settleEach } from './storage.js'

export interface MemcacheSender {
  /** One command, which rejects when it fails. */
  command<T, U>(key: string, send: (callback: Answer<T>) => void, from: (answer: T) => U): Promise<U>
  remove(key: string): Promise<boolean>
  /** Through the gate of the client. */
  pass<T>(attempt: Attempt, send: () => Promise<T>): Promise<T>
}

/** `swapMany` on memcached, by the client of its store. */
export function memcacheSwaps(
  client: MemcacheClient,
  { command, remove, pass }: MemcacheSender,
): NonNullable<Storage['swapMany']> {
  const ask = (opcode: number, key: string, body: Body): Promise<MemcacheResponse> =>
    command<MemcacheResponse, MemcacheResponse>(
      key,
      (answer) => {
        client.seq += 1
        const request = requestOf(opcode, key, client.seq, body)
        // A write that was sent again would be refused if it had come.
        client.perform(key, request, client.seq, answer, body.cas && 1)
      },
      (response) => response,
    )
  const { serializer = PLAIN } = client
  const swap = async ({ key, from, to, ttl, fences }: Swap, attempt: Attempt): Promise<boolean> => {
    const lease = fences ? (leaseKey(key) ?? '') : ''
    const ending = fitsMemcache(lease) ? remove(lease) : undefined
    const asking = ask(GET, key, {})
    await Promise.allSettled([ending, asking])
    await ending
    const { header, val, extras } = await asking
    if (header.status === NOT_FOUND) return false
    if (header.status !== OK) throw refusal('GET', header.status)
    const { value } = serializer.deserialize(GET, val, extras)
    const changed = swapped(asBuffer(typeof value === 'string' ? Buffer.from(value) : value), from, to)
    if (changed === undefined) return false
    checkWaited(attempt)
    const flags = value === val ? extras : NO_FLAGS // what was changed on its way is marked anew
    const expires = (ttl === undefined ? 0 : memcacheSeconds(ttl)) || (client.options.expires ?? 0)
    const sent = serializer.serialize(SET, changed, Buffer.concat([flags, seconds(expires)]))
    const answer = await ask(SET, key, { ...sent, cas: casOf(header) })
    if (answer.header.status === OK) return true
    if (answer.header.status === NOT_FOUND || answer.header.status === EXISTS) return false
    throw refusal('SET', answer.header.status, changed)
  }
  return (swaps, attempt) => pass(attempt, () => settleEach(swaps, (one) => swap(one, attempt)))
}

const GET = 0
const SET = 1

const OK = 0
const NOT_FOUND = 1
const EXISTS = 2 // with another number
const TOO_LARGE = 3
const OUT_OF_MEMORY = 0x82

/** What the stored form begins with wherever there is metadata. */
const MARKERS = '@ring'
const NO_FLAGS = /* @__PURE__ */ Buffer.alloc(4)

/** Clients of old do nothing to values. */
const PLAIN: MemcacheSerializer = {
  serialize: (_opcode, value, extras) => ({ value, extras }),
  deserialize: (_opcode, value) => ({ value }),
}

/** The entry as it is to be; nothing where it begins otherwise than it was said. */
function swapped(entry: Buffer, from: string, to: string): Buffer | undefined {
  const head = Buffer.from(from)
  if (from === '' ? begins(entry, Buffer.from(MARKERS)) : !begins(entry, head)) return undefined
  return Buffer.concat([Buffer.from(to), entry.subarray(head.length)])
}

function begins(entry: Buffer, head: Buffer): boolean {
  return entry.subarray(0, head.length).equals(head)
}

/** A write without a number would be let through whatever has come meanwhile. */
function casOf({ cas }: MemcacheResponse['header']): Buffer {
  if (cas?.some((byte) => byte !== 0)) return cas
  throw new UnsupportedError('an entry can be changed only where memcached numbers its writes: start it without -C')
}

/** As memjs tells of its own. */
function refusal(command: string, status: number, value?: Buffer): Error {
  if (status === OUT_OF_MEMORY) return new Error(`MemJS ${command}: Out of memory`)
  if (status !== TOO_LARGE) return new Error(`MemJS ${command}: status ${status}`)
  return new Error(`MemJS ${command}: Value too large: the value has ${value?.length} bytes`)
}

interface Body {
  readonly extras?: Buffer
  readonly value?: string | Buffer
  /** The write is refused where the entry has another. */
  readonly cas?: Buffer
}

const HEADER_LENGTH = 24
const REQUEST = 0x80

/** A request of memcached's binary protocol. */
function requestOf(opcode: number, key: string, seq: number, { extras, value, cas }: Body): Buffer {
  const parts = [extras ?? '', key, value ?? ''].map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
  const header = Buffer.alloc(HEADER_LENGTH)
  header.writeUInt8(REQUEST, 0)
  header.writeUInt8(opcode, 1)
  header.writeUInt16BE(Buffer.byteLength(key), 2)
  header.writeUInt8(extras?.length ?? 0, 4)
  header.writeUInt32BE(Buffer.concat(parts).length, 8)
  header.writeUInt32BE(seq, 12)
  cas?.copy(header, 16)
  return Buffer.concat([header, ...parts])
}

function seconds(expires: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(expires)
  return bytes
}
