import { describeFaults } from './faults.js'
import { memcachedOutages } from './memcached-scenarios.js'

describeFaults('Outages of memcached', memcachedOutages)
