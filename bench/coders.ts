/** Coders by themselves: what writes and reads on a server pay besides the store. */
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { gunzip, gzip } from 'node:zlib'
import { type Coder, coders } from 'ringcache'
import superjson from 'superjson'
import { product } from './fixture.js'
import { repeated, sequential } from './loops.js'
import type { Contestant, Group, Scenario, Target } from './scenario.js'

const products = Array.from({ length: 100 }, (_, n) => product(n))
/** Of the same size, with what JSON has no form for. */
const rich = products.map((one, n) => ({ ...one, added: new Date(n), stock: new Map([['Berlin', n]]) }))
const texts = products.map((one) => JSON.stringify(one))
const bytes = texts.map((text) => Buffer.from(text))

const compress = promisify(gzip)
const decompress = promisify(gunzip)

export async function coderScenarios(): Promise<Group> {
  return { scenarios: [...json(), ...ofSuperjson(), ...v8(), ...(await compression())], close: async () => {} }
}

function json(): Scenario[] {
  const coder = named('json')
  return [
    scenario(
      'coder-json-encode',
      "coder 'json', encode",
      true,
      repeated((n) => coder.encode(products[n])),
      [{ name: 'JSON.stringify', run: repeated((n) => JSON.stringify(products[n])) }],
    ),
    scenario(
      'coder-json-decode',
      "coder 'json', decode",
      false,
      repeated((n) => coder.decode(texts[n])),
      [{ name: 'JSON.parse', run: repeated((n) => JSON.parse(texts[n] ?? '')) }],
    ),
  ]
}

function ofSuperjson(): Scenario[] {
  const coder = named('superjson')
  const stored = products.map((one) => superjson.stringify(one))
  const richStored = rich.map((one) => superjson.stringify(one))
  for (const [n, one] of products.entries()) checkReadable(coder.encode(one), stored[n] ?? '')
  const alone = (values: readonly unknown[]): Contestant => ({
    name: 'superjson alone',
    run: repeated((n) => superjson.stringify(values[n])),
  })
  const aloneBack = (all: readonly string[]): Contestant => ({
    name: 'superjson alone',
    run: repeated((n) => superjson.parse(all[n] ?? '')),
  })
  return [
    scenario(
      'coder-superjson-encode',
      "coder 'superjson', encode, a plain object",
      true,
      repeated((n) => coder.encode(products[n])),
      [{ name: 'JSON.stringify', run: repeated((n) => JSON.stringify(products[n])) }, alone(products)],
      [{ against: ['JSON.stringify'], atLeast: 0.5 }],
    ),
    scenario(
      'coder-superjson-decode',
      "coder 'superjson', decode, a plain object",
      true,
      repeated((n) => coder.decode(stored[n])),
      [{ name: 'JSON.parse', run: repeated((n) => JSON.parse(stored[n] ?? '')) }, aloneBack(stored)],
    ),
    scenario(
      'coder-superjson-rich-encode',
      "coder 'superjson', encode, with a Date and a Map",
      false,
      repeated((n) => coder.encode(rich[n])),
      [alone(rich)],
    ),
    scenario(
      'coder-superjson-rich-decode',
      "coder 'superjson', decode, with a Date and a Map",
      false,
      repeated((n) => coder.decode(richStored[n])),
      [aloneBack(richStored)],
    ),
  ]
}

function v8(): Scenario[] {
  const coder = named('v8')
  const stored = products.map((one) => serialize(one))
  return [
    scenario(
      'coder-v8-encode',
      "coder 'v8', encode",
      false,
      repeated((n) => coder.encode(products[n])),
      [{ name: 'v8.serialize', run: repeated((n) => serialize(products[n])) }],
    ),
    scenario(
      'coder-v8-decode',
      "coder 'v8', decode",
      false,
      repeated((n) => coder.decode(stored[n])),
      [{ name: 'v8.deserialize', run: repeated((n) => deserialize(stored[n] ?? Buffer.alloc(0))) }],
    ),
  ]
}

async function compression(): Promise<Scenario[]> {
  const coder = named('gzip')
  const stored = await Promise.all(bytes.map((one) => compress(one)))
  return [
    scenario(
      'coder-gzip-encode',
      "coder 'gzip', encode",
      false,
      sequential((n) => coder.encode(bytes[n])),
      [{ name: 'zlib.gzip', run: sequential((n) => compress(bytes[n] ?? '')) }],
    ),
    scenario(
      'coder-gzip-decode',
      "coder 'gzip', decode",
      false,
      sequential((n) => coder.decode(stored[n])),
      [{ name: 'zlib.gunzip', run: sequential((n) => decompress(stored[n] ?? '')) }],
    ),
  ]
}

function scenario(
  id: string,
  name: string,
  short: boolean,
  run: Contestant['run'],
  limits: readonly Contestant[],
  targets: readonly Target[] = [],
): Scenario {
  return { id, name, group: 'coders', short, ours: { name: 'ringcache', run }, limits, peers: [], targets }
}

function named(name: string): Coder {
  const coder = coders.get(name)
  if (coder === undefined) throw new Error(`there is no coder '${name}'`)
  return coder
}

/** What is fast must still be what superjson reads. */
function checkReadable(ours: unknown, theirs: string): void {
  const [read, meant] = [superjson.parse(String(ours)), superjson.parse(theirs)]
  if (JSON.stringify(read) !== JSON.stringify(meant)) throw new Error(`superjson reads another value from ${ours}`)
}
