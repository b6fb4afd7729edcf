/** What a hit costs however busy the machine is: promises, microtask turns, bytes, commands that Redis gets, and what is kept. */
import { createClient } from '@keyv/redis'
import { redis } from 'ringcache/redis'
import { inChild } from './child.js'
import type { HitCounts } from './counts-child.js'
import { filled, numbered, ROTATING } from './fixture.js'
import { HIT_KINDS, type HitKind, OURS, type ServerUrls } from './hits.js'
import { keptFigure } from './kept.js'
import { IN_FLIGHT } from './loops.js'
import type { Figure } from './scenario.js'

type Target = NonNullable<Figure['target']>

const NAMES: Readonly<Record<HitKind, string>> = {
  'memory-string': 'memory hit, one string',
  'memory-two-numbers': 'memory hit, two numbers',
  'memory-object': 'memory hit, small object',
  sync: 'cachedSync hit, one string',
  redis: 'Redis hit',
  memcached: 'memcached hit',
}

/** All that is made during the counted hits stays in a young generation of this size: nothing is collected. */
const NO_COLLECTIONS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

const AT_MOST_ONE: Target = { of: OURS, atMost: 1 }
const EXACTLY_ONE: Target = { of: OURS, atLeast: 1, atMost: 1 }

export async function countFigures(redisUrl: string, memcachedUrl: string): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kind of HIT_KINDS) figures.push(...(await hitFigures(kind, { redis: redisUrl, memcached: memcachedUrl })))
  return [...figures, ...(await commandFigures(redisUrl)), await keptFigure(redisUrl)]
}

async function hitFigures(kind: HitKind, urls: ServerUrls): Promise<Figure[]> {
  const printed = await inChild('counts-child.ts', [kind, urls.redis, urls.memcached], NO_COLLECTIONS)
  const counts = Object.entries(printed as Record<string, HitCounts>) // what counts-child.ts prints
  const figure = (what: keyof HitCounts, unit: string, target?: Target): Figure => ({
    id: `${what}-${kind}`,
    name: `${NAMES[kind]}: ${unit}`,
    group: 'counts',
    unit,
    values: counts.map(([name, { [what]: value = Number.NaN }]) => ({ name, value })),
    ...(target && { target }),
  })
  const inMemory = kind.startsWith('memory')
  const turns = figure('turns', 'microtask turns', inMemory ? EXACTLY_ONE : undefined)
  return [
    figure('promises', 'promises per hit', inMemory ? AT_MOST_ONE : undefined),
    ...(counts.every(([, { turns }]) => turns === undefined) ? [] : [turns]),
    figure('bytes', 'bytes allocated per hit'),
  ]
}

async function commandFigures(url: string): Promise<Figure[]> {
  const client = createClient({ url })
  await client.connect()
  const { findProduct, keys } = await filled(redis(url))
  const figure = async (id: string, name: string, ours: Action, byHand: Action, target?: Target): Promise<Figure> => ({
    id: `commands-${id}`,
    name: `${name}: commands`,
    group: 'counts',
    unit: 'commands',
    values: [
      { name: OURS, value: await commandsOf(client, ours) },
      { name: '@redis/client', value: await commandsOf(client, byHand) },
    ],
    ...(target && { target }),
  })
  const atOnce = numbered(IN_FLIGHT)
  const figures = [
    await figure(
      'redis-hit',
      'Redis hit',
      () => findProduct(1),
      () => client.get(keys[1] ?? ''),
      EXACTLY_ONE,
    ),
    await figure(
      'redis-64-keys',
      `Redis hits, ${IN_FLIGHT} in flight on ${IN_FLIGHT} keys`,
      () => Promise.all(atOnce.map((n) => findProduct(n))),
      () => Promise.all(atOnce.map((n) => client.get(keys[n] ?? ''))),
    ),
    await figure(
      'redis-one-key',
      `Redis hits, ${IN_FLIGHT} in flight on one key`,
      () => Promise.all(atOnce.map(() => findProduct(7))),
      () => Promise.all(atOnce.map(() => client.get(keys[7] ?? ''))),
    ),
    await figure(
      'redis-bulk',
      `Redis, getMany of ${ROTATING} hits`,
      () => findProduct.getMany(...numbered(ROTATING).map((n): [number] => [n])),
      () => client.mGet(keys),
    ),
  ]
  await Promise.all([client.close(), findProduct.storage.backend.disconnect()])
  return figures
}

type Action = () => Promise<unknown>

/** What the server has counted meanwhile. A client that pings tells nothing about hits. */
async function commandsOf(client: { info(section: string): Promise<string> }, action: Action): Promise<number> {
  const total = async (): Promise<number> => {
    const lines = (await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
    return [...lines].reduce(
      (sum, [, name, calls]) => sum + (name === 'info' || name === 'ping' ? 0 : Number(calls)),
      0,
    )
  }
  const before = await total()
  await action()
  return (await total()) - before
}
