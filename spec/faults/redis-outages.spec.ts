import { describeFaults } from './faults.js'

describeFaults('outages of Redis')
