import { describeFaults } from './faults.js'
import { redisLines } from './redis-scenarios.js'

describeFaults('Bad lines to Redis', redisLines)
