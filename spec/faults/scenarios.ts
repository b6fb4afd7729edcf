/** All faults, in groups that run side by side. */
import { memcachedAnswers, memcachedOutages } from './memcached-scenarios.js'
import { redisAnswers, redisLines, redisOutages } from './redis-scenarios.js'
import type { Scenario } from './scenario.js'

export const groups = {
  'outages of Redis': redisOutages,
  'bad lines to Redis': redisLines,
  'bad answers of Redis': redisAnswers,
  'outages of memcached': memcachedOutages,
  'bad answers of memcached': memcachedAnswers,
} satisfies Record<string, readonly Scenario[]>

export type GroupName = keyof typeof groups

export const allScenarios: readonly Scenario[] = Object.values(groups).flat()
