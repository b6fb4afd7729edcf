/** A program in which nothing is wrong, and then two functions have one prefix. */
import { cached, doctor } from '../../lib/index.js'

console.log(String(doctor()))
const store = new Map()
const first = cached(async () => 1, { store, keyPrefix: 'f' })
await first()
console.log(String(doctor()))
const others = [2, 3, 4].map((n) => cached(async () => n, { store, keyPrefix: 'f' }))
await Promise.all(others.map((f) => f()))
