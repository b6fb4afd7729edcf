/** Text in a key: what is percent-encoded, and which strings are quoted. */
import { Buffer } from 'node:buffer'

/** Matches whatever `isLookAlike` is true of, and some more: it says no to most strings at their first character. */
const MAY_LOOK_ALIKE = /^(?:-?\d[\d.e+-]*n?|-?Infinity|NaN|true|false|null|undefined|)$/

/** The token of a string: it stands bare, unless it is exactly the text of another token; then it is quoted. */
export function stringToken(text: string): string {
  const bare = escaped(text)
  return bare === text && MAY_LOOK_ALIKE.test(text) && isLookAlike(text) ? `'${text}'` : bare
}

const isLookAlike = (text: string) =>
  text === '' || String(Number(text)) === text || /^(?:true|false|null|undefined|(?:0|-?[1-9]\d*)n)$/.test(text)

const UNSAFE = /[%:,=()[\]{}'\s\p{Cc}\p{Cs}]/gu

/** Text without a delimiter, white space or control character: those are percent-encoded. */
export function escaped(text: string): string {
  let result = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= ASCII.length) return text.replace(UNSAFE, percentEncoded)
    const encoded = UNSAFE_ASCII[code]
    if (encoded === undefined) continue
    result += text.slice(from, i) + encoded
    from = i + 1
  }
  return from === 0 ? text : result + text.slice(from)
}

/** A character as its percent-encoded UTF-8; a lone surrogate, which has none, as `%uXXXX`. */
export function percentEncoded(character: string): string {
  const common = ASCII[character.charCodeAt(0)]
  if (common !== undefined) return common
  if (isIllFormed(character)) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
  return percentEncodedBytes(character)
}

const percentEncodedBytes = (character: string) =>
  Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&')

/** Made once, because most keys that need any encoding need this one: a URL's colon, a space. */
const ASCII = /* @__PURE__ */ Array.from(
  { length: 128 },
  (_, code) => `%${code.toString(16).toUpperCase().padStart(2, '0')}`,
)
/** Of those that may not stand as they are: a look at each character costs a key a quarter of what a regular expression does. */
const UNSAFE_ASCII = /* @__PURE__ */ ASCII.map((encoded, code) =>
  String.fromCharCode(code).search(UNSAFE) < 0 ? undefined : encoded,
)

/** Whether text has a lone surrogate: stores write UTF-8, where all of those are one and the same character. */
export const isIllFormed = (text: string) => /\p{Cs}/u.test(text)
