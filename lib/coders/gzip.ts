import type { Coder } from '../coder.js'
import { nodeZlib } from '../on-demand.js'
import { boundOf, type CompressionOptions, compression, levelOf, promised } from './compression.js'

/** The built-in `gzip` with other limits: `level` from 0 to 9 (default 6). Throws an `OptionError`. */
export function gzip(options: CompressionOptions = {}): Coder<Uint8Array, Uint8Array, Buffer> {
  const maxOutputLength = boundOf('gzip', options)
  const level = levelOf('gzip', options.level ?? 6, 0, 9)
  return compression(
    'gzip',
    (bytes) => promised((done) => nodeZlib().gzip(bytes, { level }, done)),
    (bytes) => promised((done) => nodeZlib().gunzip(bytes, { maxOutputLength }, done)),
  )
}
