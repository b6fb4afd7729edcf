import type { Coder } from '../coder.js'
import { nodeZlib } from '../on-demand.js'
import { boundOf, type CompressionOptions, compression, levelOf, promised } from './compression.js'

/**
 * The built-in `brotli` with other limits: `level` from 0 to 11. The default is 4, about as fast as gzip and smaller;
 * zlib's own default, 11, is meant for files that are compressed once. Throws an `OptionError`.
 */
export function brotli(options: CompressionOptions = {}): Coder<Uint8Array, Uint8Array, Buffer> {
  const maxOutputLength = boundOf('brotli', options)
  const level = levelOf('brotli', options.level ?? 4, 0, 11)
  return compression(
    'brotli',
    (bytes) => {
      const { brotliCompress, constants } = nodeZlib()
      const params = { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength }
      return promised((done) => brotliCompress(bytes, { params }, done))
    },
    (bytes) => promised((done) => nodeZlib().brotliDecompress(bytes, { maxOutputLength }, done)),
  )
}
