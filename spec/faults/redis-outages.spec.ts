import { describeFaults } from './faults.js'
import { redisOutages } from './redis-scenarios.js'

describeFaults('Outages of Redis', redisOutages)
