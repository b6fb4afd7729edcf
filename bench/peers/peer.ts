/** What a peer is to the scenarios: ways of making cached functions, each as the peer's documentation says. */

/** What all cached functions of the scenarios give. */
export interface Page {
  readonly title: string
}

/** An object that is a key by what is in it. */
export interface Query {
  readonly lang: string
  readonly page: number
}

/** What is kept, where a peer can be told so. */
export interface Bounds {
  /** How many entries. */
  readonly max: number
  /** For how many milliseconds. `undefined`: until it is removed. */
  readonly ttl?: number
}

export type OfString = (url: string) => Promise<Page>
export type OfNumbers = (x: number, y: number) => Promise<Page>
export type OfQuery = (query: Query) => Promise<Page>

/** A cached function by what its arguments are. */
export interface Peer {
  readonly name: string
  /** A full cache has stores to choose from, expiry and controls; a memoizer keeps what a function gave. */
  readonly kind: 'full cache' | 'memoizer'
  /** Whether keys of objects are made from what is in them, by the peer or by an option that its documentation has for that. */
  readonly composes: boolean
  /** Whether entries end by themselves. */
  readonly expires: boolean
  ofString(load: OfString, bounds: Bounds): (url: string) => unknown
  ofNumbers(load: OfNumbers, bounds: Bounds): (x: number, y: number) => unknown
  ofQuery(load: OfQuery, bounds: Bounds): (query: Query) => unknown
}

/** What peers get that count in seconds, or must be told of an end. */
export const FOR_LONG = 3_600_000
