import { describe, expect, it } from '@jest/globals'
import { compare } from '../../bench/compare.js'
import type { Contestant, Scenario } from '../../bench/scenario.js'

const PACE = { rounds: 4, roundTime: 2, warmUp: 2 }

describe('compare', () => {
  it('has all contestants in each round, and begins each with the one that was second in the last', async () => {
    const order: string[] = []
    const contestant = (name: string): Contestant => ({
      name,
      run: async (times) => work(times, () => order.push(name)),
    })
    const scenario = scenarioOf(contestant('a'), [contestant('b')], [contestant('c')])

    await compare(scenario, PACE)

    const [warmUp, rounds] = ['abc', 'abc bca cab abc']
    const turns = order.filter((name, i) => name !== order[i - 1])
    expect(turns.join('')).toBe(`${warmUp}${rounds}`.replaceAll(' ', ''))
  })

  it('gives ratios above 1 where ours is faster, and says who is who', async () => {
    const scenario = scenarioOf(working('ours', 1), [working('limit', 1)], [working('peer', 30)])

    const { contestants, verdicts } = await compare(scenario, { ...PACE, roundTime: 10, warmUp: 10 })

    expect(contestants.map(({ name, role }) => [name, role])).toEqual([
      ['ours', 'ours'],
      ['limit', 'limit'],
      ['peer', 'peer'],
    ])
    expect(contestants[0]?.ratio).toEqual([1, 1, 1])
    expect(contestants[2]?.ratio[1]).toBeGreaterThan(2)
    expect(verdicts).toMatchObject([{ against: 'peer', atLeast: 2, met: true }])
  })

  it('counts the results of an operation that has many', async () => {
    const one = scenarioOf(working('ours', 1), [], [working('peer', 1)])
    const many = { ...one, size: 1_000_000 }

    const { contestants } = await compare(many, PACE)

    const single = (await compare(one, PACE)).contestants
    expect(Number(contestants[0]?.perSecond)).toBeGreaterThan(1_000 * Number(single[0]?.perSecond))
  })
})

function scenarioOf(ours: Contestant, limits: Contestant[], peers: Contestant[]): Scenario {
  const targets = [{ against: ['peer'], atLeast: 2 }].filter(() => peers.some(({ name }) => name === 'peer'))
  return { id: 'some', name: 'some', group: 'memory', short: true, ours, limits, peers, targets }
}

/** A contestant whose every operation takes `effort` times as long as that of effort 1. */
function working(name: string, effort: number): Contestant {
  return { name, run: async (times) => work(times * effort, () => {}) }
}

function work(times: number, done: () => void): void {
  let sum = 0
  for (let i = 0; i < times * 2_000; i++) sum += Math.sqrt(i)
  if (sum >= 0) done()
}
