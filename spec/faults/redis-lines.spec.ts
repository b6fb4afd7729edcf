import { describeFaults } from './faults.js'

describeFaults('bad lines to Redis')
