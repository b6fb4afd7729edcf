/** Coders by themselves: what writes and reads on a server pay besides the store. */
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { gunzip, gzip } from 'node:zlib'
import { type Coder, coders } from 'ringcache'
import superjson from 'superjson'
import { product } from './fixture.js'
import { type Operation, repeated, sequential } from './loops.js'
import type { Contestant, Group, Scenario } from './scenario.js'

const products = Array.from({ length: 100 }, (_, n) => product(n))
/** Of the same size, with what JSON has no form for. */
const rich = products.map((one, n) => ({ ...one, added: new Date(n), stock: new Map([['Berlin', n]]) }))
const texts = products.map((one) => JSON.stringify(one))
const bytes = texts.map((text) => Buffer.from(text))

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** One direction of a coder: ours, then what does the same without us. */
interface Way extends Pick<Scenario, 'id' | 'name'>, Partial<Pick<Scenario, 'short' | 'targets'>> {
  readonly ours: Operation
  readonly limits: Readonly<Record<string, Operation>>
  readonly loop?: typeof sequential
}

export async function coderScenarios(): Promise<Group> {
  const ways = [...ofJson(), ...ofSuperjson(), ...ofV8(), ...(await ofGzip())]
  return { scenarios: ways.map(scenario), close: async () => {} }
}

function scenario({ ours, limits, loop = repeated, short = false, targets = [], ...way }: Way): Scenario {
  const contestant = ([name, operation]: [string, Operation]): Contestant => ({ name, run: loop(operation) })
  return {
    ...way,
    group: 'coders',
    short,
    ours: contestant(['ringcache', ours]),
    limits: Object.entries(limits).map(contestant),
    peers: [],
    targets,
  }
}

function ofJson(): Way[] {
  const coder = named('json')
  return [
    {
      id: 'coder-json-encode',
      name: "coder 'json', encode",
      short: true,
      ours: (n) => coder.encode(products[n]),
      limits: { 'JSON.stringify': (n) => JSON.stringify(products[n]) },
    },
    {
      id: 'coder-json-decode',
      name: "coder 'json', decode",
      ours: (n) => coder.decode(texts[n]),
      limits: { 'JSON.parse': (n) => JSON.parse(texts[n] ?? '') },
    },
  ]
}

function ofSuperjson(): Way[] {
  const coder = named('superjson')
  const stored = products.map((one) => superjson.stringify(one))
  const richStored = rich.map((one) => superjson.stringify(one))
  for (const [n, text] of stored.entries()) checkReadable(coder.encode(products[n]), text)
  return [
    {
      id: 'coder-superjson-encode',
      name: "coder 'superjson', encode, a plain object",
      short: true,
      ours: (n) => coder.encode(products[n]),
      limits: {
        'JSON.stringify': (n) => JSON.stringify(products[n]),
        'superjson alone': (n) => superjson.stringify(products[n]),
      },
      targets: [{ against: ['JSON.stringify'], atLeast: 0.5 }],
    },
    {
      id: 'coder-superjson-decode',
      name: "coder 'superjson', decode, a plain object",
      short: true,
      ours: (n) => coder.decode(stored[n]),
      limits: {
        'JSON.parse': (n) => JSON.parse(stored[n] ?? ''),
        'superjson alone': (n) => superjson.parse(stored[n] ?? ''),
      },
    },
    {
      id: 'coder-superjson-rich-encode',
      name: "coder 'superjson', encode, with a Date and a Map",
      ours: (n) => coder.encode(rich[n]),
      limits: { 'superjson alone': (n) => superjson.stringify(rich[n]) },
    },
    {
      id: 'coder-superjson-rich-decode',
      name: "coder 'superjson', decode, with a Date and a Map",
      ours: (n) => coder.decode(richStored[n]),
      limits: { 'superjson alone': (n) => superjson.parse(richStored[n] ?? '') },
    },
  ]
}

function ofV8(): Way[] {
  const coder = named('v8')
  const stored = products.map((one) => serialize(one))
  return [
    {
      id: 'coder-v8-encode',
      name: "coder 'v8', encode",
      ours: (n) => coder.encode(products[n]),
      limits: { 'v8.serialize': (n) => serialize(products[n]) },
    },
    {
      id: 'coder-v8-decode',
      name: "coder 'v8', decode",
      ours: (n) => coder.decode(stored[n]),
      limits: { 'v8.deserialize': (n) => deserialize(stored[n] ?? Buffer.alloc(0)) },
    },
  ]
}

async function ofGzip(): Promise<Way[]> {
  const coder = named('gzip')
  const stored = await Promise.all(bytes.map((one) => compress(one)))
  return [
    {
      id: 'coder-gzip-encode',
      name: "coder 'gzip', encode",
      loop: sequential,
      ours: (n) => coder.encode(bytes[n]),
      limits: { 'zlib.gzip': (n) => compress(bytes[n] ?? '') },
    },
    {
      id: 'coder-gzip-decode',
      name: "coder 'gzip', decode",
      loop: sequential,
      ours: (n) => coder.decode(stored[n]),
      limits: { 'zlib.gunzip': (n) => decompress(stored[n] ?? '') },
    },
  ]
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
