import { keyvStores } from './stores/keyv.js'
import { memcachedStores } from './stores/memcached.js'
import { memoryStores } from './stores/memory.js'
import { redisStores } from './stores/redis.js'
import { conformance } from './suite.js'

for (const store of [...memoryStores, ...keyvStores, ...redisStores, ...memcachedStores]) conformance(store)
