export { type CachedFactory, cached } from './cached.js'
export type { Coder, CoderName, CoderOption, CoderPair, CoderRegistry, CoderStored } from './coder.js'
export { brotli } from './coders/brotli.js'
export type { CompressionOptions } from './coders/compression.js'
export { gzip } from './coders/gzip.js'
export type { CoderOutput, CoderTypes, Jsonified } from './coders/output.js'
export { coderRegistry, coders } from './coders/registry.js'
export type { ActionName, Actions, Cached, CallOf, Controls, StorageView } from './controls.js'
export {
  ActionError,
  CoderError,
  KeyError,
  OptionError,
  StoreError,
  type StoreFailure,
  StoreTimeoutError,
  UnsupportedError,
} from './errors.js'
export { ringKey } from './key.js'
export type { AnyFunction, CachedOptions, ResultOf } from './options.js'
export type { StorageContract as Storage } from './storage/contract.js'
export { type Envelope, lru, type MapLike } from './storage/memory.js'
export type { Attempt, Capabilities, Failure, Item, Stored } from './storage/storage.js'
export type { CacheEvent, EventName, Listener } from './trace.js'
