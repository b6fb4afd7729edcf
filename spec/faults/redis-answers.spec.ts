import { describeFaults } from './faults.js'

describeFaults('bad answers of Redis')
