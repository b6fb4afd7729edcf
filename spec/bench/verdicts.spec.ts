import { describe, expect, it } from '@jest/globals'
import { verdictOf, verdictsOf } from '../../bench/verdicts.js'
import { heap, measured } from './sample.js'

describe('verdicts of the benchmark', () => {
  it('measures against the fastest of those that a target names', () => {
    const targets = [{ against: ['slower', 'slow'], atLeast: 100 }]

    const verdicts = verdictsOf(targets, measured)

    expect(verdicts).toEqual([{ against: 'slow', figure: 100, spread: [90, 110], atLeast: 100, met: true }])
  })

  it('does not take the upper quartile for the figure', () => {
    const targets = [{ against: ['fn & Map'], atLeast: 0.55 }]

    const verdicts = verdictsOf(targets, measured)

    expect(verdicts).toMatchObject([{ figure: 0.5, met: false }])
  })

  it('refuses a target that names what is not measured', () => {
    const targets = [{ against: ['slow', 'slowest'], atLeast: 1 }]

    const judge = () => verdictsOf(targets, measured)

    expect(judge).toThrow('a target names slowest, which is not measured')
  })

  it('takes a figure by the one that it is relative to', () => {
    const verdict = verdictOf(heap)

    expect(verdict).toEqual({ against: 'lru-cache', figure: 1.25, spread: [1.2, 1.4], atMost: 1.3, met: true })
  })

  it('takes a figure by itself where it is relative to nothing', () => {
    const figure = { ...heap, target: { of: 'ringcache', atMost: 124 } }

    const verdict = verdictOf(figure)

    expect(verdict).toMatchObject({ against: '', figure: 125, met: false })
  })

  it('has a figure that must not be too small', () => {
    const figure = { ...heap, target: { of: 'ringcache', atLeast: 126 } }

    const verdict = verdictOf(figure)

    expect(verdict).toMatchObject({ atLeast: 126, met: false })
  })

  it('has none on a figure without a target', () => {
    const { target: _, ...figure } = heap

    const verdict = verdictOf(figure)

    expect(verdict).toBeUndefined()
  })

  it('refuses a figure whose target names what is not there', () => {
    const figure = { ...heap, target: { of: 'ringcache', atMost: 1, relativeTo: 'nothing' } }

    const judge = () => verdictOf(figure)

    expect(judge).toThrow('a target names nothing, which is not measured')
  })
})
