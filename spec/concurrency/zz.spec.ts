import { it, jest } from '@jest/globals'
import { explore } from './explore.js'
import type { Op } from './world.js'
const hr = process.hrtime.bigint
const h = () => Number(hr.call(process)) / 1e6
const verbs = ['call', 'get', 'set', 'update', 'delete'] as const
it('perf', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'hrtime'] })
  for (const place of (process.env.PLACES ?? 'adapter,keyv,map,naive,two processes without leases').split(',') as any[]) {
    let s = h()
    let full = 0, red = 0, left = 0, same = true, v = new Set<string>(), tf = 0, tr = 0
    for (const a of verbs) for (const b of verbs) for (const w of [0, 1] as const) for (const stored of [false, true]) {
      const plan = { place, stored, ops: [[a, 0], [b, w]] as Op[] }
      s = h(); const x = await explore(plan, { reduced: false }); tf += h() - s
      s = h(); const y = await explore(plan, { reduced: true }); tr += h() - s
      full += x.played; red += y.played; left += y.left
      const d = (e: typeof x) => [...e.outcomes].sort().join('|') + '//' + [...e.violations.keys()].sort().join('|')
      if (d(x) !== d(y)) { same = false; console.log('DIFF', place, a, b, w, stored, d(x), '\n', d(y)) }
      for (const [k, st] of x.violations) { const kk = place + k.replace(/[0-9.]+/g, '#'); if (!v.has(kk)) { v.add(kk); if (process.env.STORY) console.log(st) } }
    }
    process.stdout.write(`${place} full ${full} in ${tf|0} red ${red}+${left} in ${tr|0} same ${same}\n${[...v].join('\n')}\n`)
  }
}, 600000)
