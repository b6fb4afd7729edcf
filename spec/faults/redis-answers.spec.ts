import { describeFaults } from './faults.js'
import { redisAnswers } from './redis-scenarios.js'

describeFaults('Bad answers of Redis', redisAnswers)
