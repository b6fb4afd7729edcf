/** Leases on Redis: each function is one script, so that nothing comes between what it looks at and what it does. */
import { leaseKey } from './lease-key.js'
import { milliseconds, type RedisCommands, type Script, scriptOf, sendable } from './redis-commands.js'
import { type Attempt, forEach, type Leases, writeEach } from './storage.js'

// Each script has the entry as KEYS[1], its lease as KEYS[2]. A write that the server may refuse for want of memory goes
// first: after another one it would be let through.

/** What a lease holds that is left to whoever asks for it next: no token begins like that. */
const YIELDED = '~'

/** ARGV: token, ttl, `1` to look for no entry, tokens that nobody has any more, what an entry that counts as none begins with. */
const TAKE = /* @__PURE__ */ scriptOf(
  () => `
local known = ARGV[5]
local function counts()
  return ARGV[3] ~= '1' and (known == '' or redis.pcall('GETRANGE', KEYS[1], 0, #known - 1) ~= known)
end
if counts() then
  local entry = redis.pcall('GET', KEYS[1])
  if type(entry) == 'string' then return entry end
end
local held = redis.call('GET', KEYS[2])
local function isFree()
  return not held or string.sub(held, 1, 1) == '${YIELDED}' or string.find(ARGV[4], held, 1, true)
end
if not isFree() then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
`,
)

/** Whether the lease is that of ARGV[1], which may have left it. */
const STANDS = `
local function stands()
  local held = redis.call('GET', KEYS[2])
  return held == ARGV[1] or held == '${YIELDED}' .. ARGV[1]
end
`

/**
 * What tells the value of one entry from that of another, without reading all of it: two that look the same are taken for
 * unchanged. What an entry carries beside its value does not count: an `expire` ends a lease, and leaves the old value.
 */
const MARK = `
local function mark(key)
  if redis.call('EXISTS', key) == 0 then return '' end
  local size = redis.pcall('STRLEN', key)
  if type(size) ~= 'number' then return '' end
  local head = redis.call('GETRANGE', key, 0, 1023)
  local from = string.sub(head, 1, 6) == '@ring1' and string.find(head, '\\n', 1, true) or 0
  local first = redis.call('GETRANGE', key, from, from + 4095)
  local last = redis.call('GETRANGE', key, math.max(from, size - 4096), -1)
  return size - from .. ':' .. redis.sha1hex(first .. last)
end
`

/** ARGV: token, ttl. */
const REPLACE = /* @__PURE__ */ scriptOf(
  () => `${MARK}
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return mark(KEYS[1])
`,
)

/** ARGV: token, ttl. */
const RENEW = /* @__PURE__ */ scriptOf(
  () => `${STANDS}
if stands() then return redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return 0
`,
)

/** ARGV: token, ttl. */
const YIELD = /* @__PURE__ */ scriptOf(
  () => `${STANDS}
if not stands() then return 0 end
redis.call('SET', KEYS[2], '${YIELDED}' .. ARGV[1], 'PX', ARGV[2])
return 1
`,
)

/** ARGV: token. */
const RELEASE = /* @__PURE__ */ scriptOf(
  () => `${STANDS}
if stands() then return redis.call('UNLINK', KEYS[2]) end
return 0
`,
)

const STORE = `
local function store(value, ttl)
  if ttl == '' then redis.call('SET', KEYS[1], value) else redis.call('SET', KEYS[1], value, 'PX', ttl) end
  redis.call('UNLINK', KEYS[2])
end
`

/** ARGV: token, value, ttl or nothing, what the entry looked like or nothing. */
const STORE_LEASED = /* @__PURE__ */ scriptOf(
  () => `${MARK}${STANDS}${STORE}
if stands() then
  store(ARGV[2], ARGV[3])
  return 1
end
if ARGV[4] ~= '' and mark(KEYS[1]) == ARGV[4] then redis.call('UNLINK', KEYS[1]) end
return 0
`,
)

/** ARGV: value, ttl or nothing. */
const STORE_ANYWAY = /* @__PURE__ */ scriptOf(
  () => `${STORE}
store(ARGV[1], ARGV[2])
return 1
`,
)

const REMOVE = /* @__PURE__ */ scriptOf(
  () => `
redis.call('UNLINK', KEYS[2])
return redis.call('UNLINK', KEYS[1])
`,
)

/** The leases of a Redis, by the client of its store. */
export function redisLeases({ script }: Pick<RedisCommands, 'script'>): Leases {
  const each = <T extends { readonly key: string }, U>(
    attempt: Attempt,
    of: Script,
    items: readonly T[],
    argsOf: (item: T) => (string | Buffer)[],
    from: (reply: unknown) => U,
  ): Promise<U[]> =>
    script(attempt, (run) => forEach(items, async (item) => from(await run(of, keysOf(item.key), argsOf(item)))))

  return {
    covers: (key) => leaseKey(key) !== undefined,
    take: (leases, ttl, anyway, attempt) =>
      each(
        attempt,
        TAKE,
        leases,
        ({ token, known = '', lost = [] }) => [
          ...[token, String(milliseconds(ttl)), anyway ? '1' : ''],
          ...[lost.join(), known],
        ],
        (reply) => (typeof reply === 'number' ? grants[reply === 1 ? 1 : 0] : { value: reply }),
      ),
    replace: (leases, ttl, attempt) =>
      each(attempt, REPLACE, leases, ({ token }) => [token, String(milliseconds(ttl))], String),
    renew: (leases, ttl, attempt) =>
      each(attempt, RENEW, leases, ({ token }) => [token, String(milliseconds(ttl))], isOne),
    yield: (leases, ttl, attempt) =>
      each(attempt, YIELD, leases, ({ token }) => [token, String(milliseconds(ttl))], isOne),
    release: (leases, attempt) => each(attempt, RELEASE, leases, ({ token }) => [token], isOne),
    setMany: (items, attempt) =>
      script(attempt, async (run) => {
        const refused = new Set<number>()
        const failures = await writeEach(
          items.map((item, i) => ({ item, i })),
          async ({ item: { key, value, ttl, lease, unlessChanged = '' }, i }) => {
            const [sent, until] = [sendable(value), ttl === undefined ? '' : String(milliseconds(ttl))]
            if (lease === undefined) await run(STORE_ANYWAY, keysOf(key), [sent, until])
            else if (!isOne(await run(STORE_LEASED, keysOf(key), [lease.token, sent, until, unlessChanged])))
              refused.add(i)
          },
        )
        return failures.map((failure, i) => (refused.has(i) ? 'refused' : failure))
      }),
    deleteMany: (keys, attempt) =>
      each(
        attempt,
        REMOVE,
        keys.map((key) => ({ key })),
        () => [],
        isOne,
      ),
  }
}

const grants = { 0: 'held', 1: 'taken' } as const

const isOne = (reply: unknown) => reply === 1

function keysOf(key: string): string[] {
  const lease = leaseKey(key)
  if (lease === undefined) throw new TypeError(`there is no lease of '${key}'`)
  return [key, lease]
}
