import type { Storage } from './storage.js'
export type StorageContract = Storage
export function checkedStorage(given: unknown, _who: string, _base?: Storage): Storage {
  return given as Storage
}
