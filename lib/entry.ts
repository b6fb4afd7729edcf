import type { Capabilities } from './storage/storage.js'

/** What an entry carries beside the coded value, only where a feature needs it. */
export interface Meta {
  /** When its `ttl` ends, where the store keeps it longer or cannot count that finely: Unix time in milliseconds. */
  readonly expires?: number
  /** Whether `expire` has ended its `ttl`: whatever the clock of a process says. */
  readonly outdated?: boolean
  /** How long the run took that gave the value, in milliseconds. */
  readonly cost?: number
  /** How many refreshes in a row have failed. */
  readonly failures?: number
  /** Until when none is tried again: Unix time in milliseconds. */
  readonly retryAt?: number
}

/** What a key holds: the coder's output, and metadata. */
export interface Entry {
  readonly payload: unknown
  readonly meta: Meta
  /** What text and bytes begin with, in front of the coder's output: `''` without metadata, and where values stay objects. */
  readonly header: string
}

type Values = Capabilities['values']

const MARKER = '@ring1'
/** What every version's marker begins with: such a value of the user's own is wrapped, so that it is not mistaken. */
const MARKERS = '@ring'
/** Objects are asked for the next version by name: to look at all their names would cost every hit their number. */
const NEXT = '@ring2'
const MARKERS_BYTES = /* @__PURE__ */ Buffer.from(MARKERS)
const NEWLINE = 0x0a
/** Of what carries nothing beside its value: it is fresh as long as the store keeps it. */
export const NO_META: Meta = {}

/**
 * The stored form of a coder's output. Without metadata it is the output itself, byte for byte; else `@ring1`, a JSON
 * object, `\n` and the output; where values stay objects, `{ '@ring1': meta, value }`.
 */
export function seal(payload: unknown, meta: Meta | undefined, values: Values): unknown {
  if (meta === undefined && !looksSealed(payload, values)) return payload
  if (isTextual(payload, values)) {
    const header = headerOf(meta)
    return typeof payload === 'string' ? header + payload : Buffer.concat([Buffer.from(header), payload])
  }
  return { [MARKER]: meta ?? NO_META, value: payload }
}

/** What a sealed text or bytes begin with. */
export function headerOf(meta: Meta | undefined): string {
  return `${MARKER}${JSON.stringify(meta ?? NO_META)}\n`
}

/** The entry of a stored form, or `undefined` for a version that this one does not know. */
export function unseal(stored: unknown, values: Values): Entry | undefined {
  if (!looksSealed(stored, values)) return { payload: stored, meta: NO_META, header: '' }
  if (!isTextual(stored, values)) {
    const sealed = stored as Record<string, unknown> // looksSealed saw an object
    return isMeta(sealed[MARKER]) ? { payload: sealed.value, meta: sealed[MARKER], header: '' } : undefined
  }
  const end = typeof stored === 'string' ? stored.indexOf('\n') : stored.indexOf(NEWLINE)
  if (end < 0) return undefined
  const header = stored.slice(0, end).toString()
  if (!header.startsWith(`${MARKER}{`)) return undefined
  const meta = parse(header.slice(MARKER.length))
  return isMeta(meta) ? { payload: stored.slice(end + 1), meta, header: `${header}\n` } : undefined
}

/** Whether a stored form begins as one with metadata does, of whatever version. */
export function looksSealed(stored: unknown, values: Values): boolean {
  if (isTextual(stored, values)) {
    if (typeof stored === 'string') return stored.startsWith(MARKERS)
    return stored[0] === MARKERS_BYTES[0] && MARKERS_BYTES.equals(stored.subarray(0, MARKERS.length))
  }
  return typeof stored === 'object' && stored !== null && hasMarker(stored)
}

/** `in` says no at a twentieth of what `hasOwn` costs, and each at less where it only ever looks for one name. */
function hasMarker(stored: object): boolean {
  if (MARKER in stored && Object.hasOwn(stored, MARKER)) return true
  return NEXT in stored && Object.hasOwn(stored, NEXT)
}

function isTextual(payload: unknown, values: Values): payload is string | Uint8Array {
  return values !== 'objects' && (typeof payload === 'string' || payload instanceof Uint8Array)
}

/** Each by its name: a hit in memory looks at them all. */
function isMeta(meta: unknown): meta is Meta {
  if (typeof meta !== 'object' || meta === null) return false
  const { expires, cost, failures, retryAt, outdated } = meta as Record<keyof Meta, unknown>
  return (
    isNumber(expires) &&
    isNumber(cost) &&
    isNumber(failures) &&
    isNumber(retryAt) &&
    (outdated === undefined || typeof outdated === 'boolean')
  )
}

function isNumber(value: unknown): boolean {
  return value === undefined || typeof value === 'number'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
