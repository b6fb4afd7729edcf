import { heapInUse, moreThan, resources } from './leftovers.js'
import { memcachedAnswers, memcachedOutages } from './memcached-scenarios.js'
import { redisAnswers, redisLines, redisOutages } from './redis-scenarios.js'
import { failureOf, runFault, STORE_TIMEOUT } from './run.js'
import { figuresOf } from './summary.js'

process.on('warning', (w) => console.log('WARNING', w.message))
const all = [...redisOutages, ...redisLines, ...redisAnswers, ...memcachedOutages, ...memcachedAnswers]
const want = process.argv.slice(2)
const chosen = all.filter((s) => want.length === 0 || want.some((w) => s.name.includes(w)))
const before = resources()
const heap = heapInUse()
console.log(all.length, 'scenarios', before)
const t0 = Date.now()
await Promise.all(
  chosen.map(async (s, i) => {
    try {
      const run = await runFault(s, { seed: 1 + i, rate: 60, before: 1000, during: 3500, after: 1000 })
      const f = figuresOf(run, STORE_TIMEOUT)
      const steady = run.deeds.filter((d) => d.began > run.times.injected + 1000 && d.ended < run.times.healing)
      const by: Record<string, string> = {}
      for (const k of new Set(run.deeds.map((d) => d.kind))) {
        const x = steady.filter((d) => d.kind === k)
        by[k] = `${x.filter((d) => !d.error).length}/${x.length}`
      }
      const afterErr = run.deeds
        .filter((d) => d.began > run.times.recovered && d.error)
        .map((d) => `${d.kind}: ${String((d.error as Error).message).replace(/fault\.\w+::/, '')}`)
      const kept = steady.filter((d) => d.kind === 'get' && d.key.startsWith('kept'))
      console.log(
        `${s.name} · ${s.client} (${Date.now() - t0} ms)\n  `,
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
        'errors after',
        afterErr.length,
        afterErr.slice(0, 2),
        '\n   says',
        [
          ...new Set(
            run.deeds
              .filter((d) => d.error)
              .map((d) =>
                String((d.error as Error).message)
                  .replace(/'.*?'/, "'k'")
                  .slice(0, 160),
              ),
          ),
        ].slice(0, 4),
        [
          ...new Set(
            run.events.map(
              (d) =>
                failureOf(d.error) +
                String((d.error as Error).message)
                  .replace(/'.*?'/, "'k'")
                  .slice(0, 100),
            ),
          ),
        ].slice(0, 5),
      )
    } catch (e) {
      console.log(s.name, s.client, 'FAILED', e)
    }
  }),
)
console.log('left', moreThan(before), 'heap', ((heapInUse() - heap) / 1e6).toFixed(1), 'MB', Date.now() - t0, 'ms')
setTimeout(() => {
  console.log('later', moreThan(before), ((heapInUse() - heap) / 1e6).toFixed(1))
  process.exit()
}, 1500)
