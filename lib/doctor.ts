import type { Common } from './call.js'
import { type FindingCode, findCases, sourceOf } from './findings.js'
import { liveContexts } from './live.js'

/** A cached function on one of its stores, as it was when it was looked at. */
export interface Examined {
  readonly name: string
  /** What its keys begin with. */
  readonly prefix: string
  /** The beginning of the function's text: what tells those apart that have one name. */
  readonly source: string
  /** What errors call its store: `memory`, `redis`, ... */
  readonly store: string
  /** The name of its coder; `custom` for one without a name. */
  readonly coder: string
  /** In milliseconds; `'function'` where it is decided for each entry, `undefined` where there is none. */
  readonly ttl: number | 'function' | undefined
  /** Whether its keys have the receiver of the call. */
  readonly receiver: boolean
  /** Whether it says that its prefix is meant to be shared. */
  readonly overload: boolean
}

/** Something that may be wrong. */
export interface Finding {
  readonly code: FindingCode
  /** What is wrong, and what to do. */
  readonly message: string
  /** Whom it is about: members of `functions` of the report, since a prefix alone may be that of many. */
  readonly functions: readonly Examined[]
}

/** What `doctor` gives. As text it is a line for each finding. */
export interface DoctorReport {
  /** Every function that was looked at, once for each of its stores. */
  readonly functions: readonly Examined[]
  /** The gravest first. */
  readonly findings: readonly Finding[]
  toString(): string
}

/**
 * Looks at every cached function of this process that is still in use, and says what may be wrong: shared prefixes,
 * coders that lose something, keys that were hashed, and whatever else `FindingCode` lists. It changes nothing, asks no
 * store, and knows only what has happened until now: values and keys are seen as calls are made.
 *
 * A function with a store that is resolved at each call is seen on the stores it was called with.
 *
 * @example
 * console.log(String(doctor()))
 */
export function doctor(): DoctorReport {
  const examined = new Map(liveContexts().map((context) => [context, examine(context)]))
  const functions = [...examined.values()]
  const findings = findCases([...examined.keys()]).map(({ code, message, about }) => ({
    code,
    message,
    functions: about.flatMap((context) => examined.get(context) ?? []),
  }))
  // Not a member that one sees: the report is data.
  return Object.defineProperty({ functions, findings }, 'toString', { value: () => textOf(functions, findings) })
}

function examine({ fn, name, part, storage, codec, policy: { ttl }, options }: Common): Examined {
  return {
    name,
    prefix: part,
    source: sourceOf(fn),
    store: storage.name,
    coder: codec.name,
    ttl: typeof ttl === 'function' ? 'function' : ttl,
    receiver: options.receiver === true,
    overload: options.overload === true,
  }
}

function textOf(functions: readonly Examined[], findings: readonly Finding[]): string {
  const looked = `${counted(functions.length, 'cached function')} looked at`
  if (findings.length === 0) return `no findings, ${looked}`
  return [
    `${counted(findings.length, 'finding')}, ${looked}`,
    ...findings.map(({ code, message }) => `- ${code}: ${message}`),
  ].join('\n')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
