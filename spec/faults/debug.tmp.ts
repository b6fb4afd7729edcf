import { runInChild } from './child.js'
import type { GroupName } from './scenarios.js'
import { figuresOf } from './summary.js'

const all: GroupName[] = [
  'outages of Redis',
  'bad lines to Redis',
  'bad answers of Redis',
  'outages of memcached',
  'bad answers of memcached',
]
const seed = Number(process.argv[3] ?? Date.now() % 1e6)
for (const group of all.filter((g) => g.includes(process.argv[2] ?? ''))) {
  const c = await runInChild({
    group,
    seed,
    rate: 60,
    before: 1000,
    during: 3500,
    after: 1500,
    storeTimeout: 1000,
    patience: 4000,
  })
  console.log(
    '##',
    group,
    'seed',
    seed,
    'left',
    c.left,
    'warn',
    c.warnings,
    'heap',
    (c.heapGrowth / 1e6).toFixed(1),
    c.stderr,
  )
  for (const run of c.runs) {
    const f = figuresOf(run)
    const steady = run.deeds.filter((d) => d.began > run.times.injected + 1000 && d.ended < run.times.healing)
    const by: Record<string, string> = {}
    for (const k of new Set(run.deeds.map((d) => d.kind))) {
      const x = steady.filter((d) => d.kind === k)
      by[k] = `${x.filter((d) => !d.error).length}/${x.length}`
    }
    const afterErr = run.deeds
      .filter((d) => d.began > run.times.recovered && d.error)
      .map((d) => `${d.kind}: ${d.error?.says}`)
    const kept = steady.filter((d) => d.kind === 'get' && d.key.startsWith('kept'))
    for (const x of [f as unknown as Record<string, unknown>])
      for (const [k, v] of Object.entries(x)) if (typeof v === 'number') x[k] = Math.round(v)
    console.log(
      run.id,
      '\n  ',
      JSON.stringify(f),
      '\n  steady',
      JSON.stringify(by),
      'kept',
      kept.filter((d) => d.found).length,
      '/',
      kept.length,
      'cameBack',
      run.cameBack.length,
      '/',
      run.owed,
      'left',
      run.left,
      'skipped',
      run.skipped,
      'stalls',
      Math.round(run.stalls.reduce((s, x) => s + x.lasted, 0)),
      'errors after',
      afterErr.length,
      afterErr.slice(0, 2),
    )
    for (const d of run.deeds.filter((x) => x.saw).slice(0, 3)) {
      console.log('   !!', d, 'times', run.times)
      const k = /"key":"(\w+)"/.exec(d.saw ?? '')?.[1]
      for (const o of run.deeds.filter((x) => x.key === k && x.began < d.ended + 100 && x.ended > d.began - 6000))
        console.log(
          '      ',
          o.kind,
          Math.round(o.began),
          Math.round(o.ended),
          o.verdict,
          o.error?.says.slice(-60) ?? '',
        )
    }
    const says = [...run.deeds.flatMap((d) => d.error ?? []), ...run.events].map(
      (e) => e.failure + ' ' + e.says.replace(/'.*?'/, "'k'").slice(0, 150),
    )
    console.log('    ', [...new Set(says)].slice(0, 6))
  }
}
