/** Built-in modules of Node that most programs do not need here: loaded by the first call that does, since to load them takes as long as all of ours. */

export const nodeCrypto = () => process.getBuiltinModule('node:crypto')

export const nodeV8 = () => process.getBuiltinModule('node:v8')

export const nodeZlib = () => process.getBuiltinModule('node:zlib')
