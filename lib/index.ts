export type { ActionCall, ActionName, CallActions, StorageView, UserActions } from './action-call.js'
export { cachedClass, controlsOf } from './bind.js'
export { type CachedFactory, cached } from './cached.js'
export type { Coder, CoderName, CoderOption, CoderPair, CoderRegistry, CoderStored, FaithfulCoder } from './coder.js'
export { brotli } from './coders/brotli.js'
export { type AnyClass, type ClassOptions, classCoder } from './coders/class.js'
export type { CompressionOptions } from './coders/compression.js'
export { gzip } from './coders/gzip.js'
export type { CoderOutput, CoderTypes, Jsonified } from './coders/output.js'
export { coderRegistry, coders } from './coders/registry.js'
export type { Actions, Cached, CallOf, Controls } from './controls.js'
export { type DoctorReport, doctor, type Examined, type Finding } from './doctor.js'
export {
  ActionError,
  CoderError,
  KeyError,
  OptionError,
  StoreError,
  type StoreFailure,
  StoreTimeoutError,
  TimeoutError,
  UnsupportedError,
} from './errors.js'
export type { FindingCode } from './findings.js'
export type { AnyFunction, NamedArguments, ResultOf } from './function.js'
export type { StoreHealth } from './health.js'
export type { CachedClass, ControlsOf, MemberOptions } from './members.js'
export type { Batch, CachedOptions, LeaseTimes, LoadMany, StorageInfo } from './options.js'
export type { DeclaredCapabilities, StorageContract as Storage } from './storage/contract.js'
export { type Envelope, lru, type MapLike } from './storage/memory.js'
export type {
  Attempt,
  Capabilities,
  Failure,
  Item,
  Lease,
  LeasedItem,
  Leases,
  Stored,
  Swap,
  WantedLease,
} from './storage/storage.js'
export type { CachedSync, SyncActions, SyncControls, SyncStorageView } from './sync/controls.js'
export type { CachedSyncOptions } from './sync/options.js'
export { type CachedSyncFactory, cachedSync } from './sync.js'
export { ringKey } from './token.js'
export type { CacheEvent, EventName, Listener } from './trace.js'
