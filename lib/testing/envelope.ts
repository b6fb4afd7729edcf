/** What is in Keyv's envelope, given as text or as an object. */
export function envelopeOf(raw: unknown): { value: unknown; expires: number | undefined } {
  const envelope: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw
  if (typeof envelope === 'object' && envelope !== null && 'value' in envelope) {
    const expires: unknown = Reflect.get(envelope, 'expires')
    return { value: envelope.value, expires: typeof expires === 'number' ? expires : undefined }
  }
  throw new TypeError(`not an envelope: ${String(raw)}`)
}
