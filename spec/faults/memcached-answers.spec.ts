import { describeFaults } from './faults.js'
import { memcachedAnswers } from './memcached-scenarios.js'

describeFaults('Bad answers of memcached', memcachedAnswers)
