/** A program that runs the suite of the built package by `node:test`, as someone else's project would. */
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { conformance } from 'ringcache/testing'
import { Rows, rowsCase } from './rows.js'

const runner = { describe, it, beforeEach, afterEach, beforeAll: before, afterAll: after }

conformance(
  rowsCase('rows of text', () => new Rows()),
  runner,
)
