import { cached } from 'ringcache'

const f = cached(async function add(a: number, b: number) {
  return a + b
})

const sum: number = await f(1, 2)
const found: number | undefined = await f.get(1, 2)
const key: string = f.key(1, 2)

// @ts-expect-error: the arguments are those of the function.
await f('1', 2)

if (sum !== 3 || found !== 3 || key !== 'add::1:2') throw new Error(`got ${sum}, ${found}, ${key}`)
