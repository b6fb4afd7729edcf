/** A Redis Cluster of three masters on this machine: real servers in cluster mode, without replicas. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './server-process.js'
import { type RedisServer, startRedis } from './servers.js'

export interface RedisCluster {
  /** For `rootNodes` of a client. */
  readonly urls: readonly string[]
  /** The masters: each has a third of the slots, in this order. */
  readonly nodes: readonly RedisServer[]
  /** Ends all of them. */
  stop(): Promise<void>
}

const MASTERS = 3
const SLOTS = 16_384

/** Starts three masters on free ports, gives each a third of the slots, and waits until each knows all of it. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'ringcache-cluster-')) // where each keeps its map
  const nodes: RedisServer[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (let i = 0; i < MASTERS; i++) nodes.push(await startNode(folder, i))
    for (const [i, node] of nodes.entries()) await introduce(node, i, nodes)
    await Promise.all(nodes.map(untilWhole))
  } catch (error) {
    await stop()
    throw error
  }
  return { urls: nodes.map((node) => node.url), nodes, stop }
}

function startNode(folder: string, i: number): Promise<RedisServer> {
  const map = join(folder, `node-${i}.conf`)
  return startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-config-file', map, '--dir', folder] })
}

/** Its slots, a place of its own in the order of configurations, and the others. */
async function introduce(node: RedisServer, i: number, nodes: readonly RedisServer[]): Promise<void> {
  const first = Math.floor((i * SLOTS) / MASTERS)
  const last = Math.floor(((i + 1) * SLOTS) / MASTERS) - 1
  await tell(node, `CLUSTER ADDSLOTSRANGE ${first} ${last}`)
  await tell(node, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`)
  for (const other of nodes) if (other !== node) await tell(node, `CLUSTER MEET 127.0.0.1 ${other.port}`)
}

async function tell(node: RedisServer, command: string): Promise<void> {
  const reply = await ask(node.port, `${command}\r\n`)
  if (!reply.startsWith('+OK')) throw new Error(`${command} on ${node.url} gave '${reply.trim()}'`)
}

/** Waits until a node can serve, and knows of every slot who has it. */
async function untilWhole(node: RedisServer): Promise<void> {
  let info = ''
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    info = await ask(node.port, 'CLUSTER INFO\r\n')
    const whole = ['cluster_state:ok', `cluster_slots_ok:${SLOTS}`, `cluster_size:${MASTERS}`]
    if (whole.every((line) => info.includes(`${line}\r\n`))) return
    await sleep(20)
  }
  throw new Error(`the cluster did not come up: ${info}`)
}
