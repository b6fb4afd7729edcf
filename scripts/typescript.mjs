/** Makes `import` of TypeScript files work in the process that imports this module. */
import * as nodeModule from 'node:module'
import * as hooks from './ts-hooks.mjs'

if (nodeModule.registerHooks) nodeModule.registerHooks(hooks)
else nodeModule.register('./ts-hooks.mjs', import.meta.url)

process.setSourceMapsEnabled(true)
