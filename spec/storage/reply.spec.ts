import { expect, it } from '@jest/globals'
import { failureOf } from '../../lib/storage/reply.js'

it.each([
  ['WRONGTYPE Operation against a key holding the wrong kind of value', undefined, 'reply'],
  ['value too long for type character varying(255)', 'ERROR', 'reply'],
  ['terminating connection due to administrator command', 'FATAL', 'connection'],
  ['MemJS SET: Value too large', undefined, 'reply'],
  ['MemJS is at its wits’ end', undefined, 'connection'],
  ['read ECONNRESET', undefined, 'connection'],
])('tells what the store answered from the loss of its connection: %s', (message, severity, failure) => {
  const error = Object.assign(new Error(message), severity && { severity })

  const told = failureOf(error)

  expect(told).toBe(failure)
})
