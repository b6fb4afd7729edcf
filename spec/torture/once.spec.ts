import { beforeAll, describe, expect, it } from '@jest/globals'
import { requireBuild } from '../support/program.js'
import { sharedRedis, uniquePrefix } from '../support/servers.js'
import { callColdKeys, callStaleKeys } from './driver.js'

beforeAll(requireBuild)

const fleet = (processes: number) => {
  const { url } = sharedRedis()
  return { store: { kind: 'redis', url } as const, origin: url, prefix: uniquePrefix('once'), seed: 1, processes }
}

describe('one stale key on Redis', () => {
  it('costs one run for 1,000 concurrent calls in each of 4 processes, all of which are given the old value', async () => {
    const plan = fleet(4)

    const [reports = []] = await callStaleKeys(plan, 1, 1_000)

    expect(reports.map(({ old }) => old)).toEqual([1_000, 1_000, 1_000, 1_000])
    expect(reports.map(({ runs }) => runs).sort()).toEqual([0, 0, 0, 1])
    expect(reports.map(({ then }) => then)).toEqual(Array(4).fill('new value of 0'))
  }, 60_000)
})

describe('one cold key on Redis', () => {
  it('costs one run for 1,000 concurrent calls in each of 4 processes', async () => {
    const plan = fleet(4)

    const [outcome] = await callColdKeys(plan, 1, 1_000)

    expect(outcome).toMatchObject({ runs: 1, right: 4_000 })
  }, 60_000)

  it('costs one run for 10,000 concurrent calls in one process, which wait for little more than that', async () => {
    const plan = fleet(1)

    const [outcome] = await callColdKeys(plan, 1, 10_000)

    expect(outcome).toMatchObject({ runs: 1, right: 10_000 })
    // What the calls cost themselves is another matter.
    for (const { took, ran, worked } of outcome?.reports ?? []) expect(took - ran - worked).toBeLessThan(1_000)
  }, 60_000)
})
