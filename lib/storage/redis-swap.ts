/** Changes of what entries on Redis begin with: each is one script, so that nothing is brought back that has gone meanwhile. */
import { leaseKey } from './lease-key.js'
import { milliseconds, type RedisCommands, scriptOf } from './redis-commands.js'
import { type Attempt, type Storage, type Swap, settleEach } from './storage.js'

/**
 * KEYS: the entry, and its lease where that is to end. ARGV: what the entry begins with, what it is to begin with, ttl or
 * nothing.
 *
 * What is as long as before is written over in place: a long entry is not copied. The lease ends first, whatever is refused after it. A server without memory lets a script write on that has written: the
 * entry is then changed as well, and is hardly longer than before.
 */
const SWAP = /* @__PURE__ */ scriptOf(
  () => `
if KEYS[2] then redis.call('UNLINK', KEYS[2]) end
local from, to, ttl = ARGV[1], ARGV[2], ARGV[3]
local function begins(with) return redis.pcall('GETRANGE', KEYS[1], 0, #with - 1) == with end
if from == '' and begins('@ring') or from ~= '' and not begins(from) then return 0 end
if from ~= '' and #from == #to then
  redis.call('SETRANGE', KEYS[1], 0, to)
  if ttl == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ttl) end
  return 1
end
local entry = redis.pcall('GET', KEYS[1])
if type(entry) ~= 'string' then return 0 end
local changed = to .. string.sub(entry, #from + 1)
if ttl == '' then redis.call('SET', KEYS[1], changed) else redis.call('SET', KEYS[1], changed, 'PX', ttl) end
return 1
`,
)

/** `swapMany` on Redis. */
export function redisSwaps({ script }: Pick<RedisCommands, 'script'>): NonNullable<Storage['swapMany']> {
  return (swaps: readonly Swap[], attempt: Attempt) =>
    script(attempt, (run) =>
      settleEach(swaps, async ({ key, from, to, ttl, fences }) => {
        const lease = fences ? leaseKey(key) : undefined
        const keys = lease === undefined ? [key] : [key, lease]
        return (await run(SWAP, keys, [from, to, ttl === undefined ? '' : String(milliseconds(ttl))])) === 1
      }),
    )
}
