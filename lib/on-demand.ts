/**
 * Built-in modules of Node that most programs need nothing of here: loaded by the first call that does, because to load
 * them takes as long as to load all of ours.
 */

export const nodeCrypto = /* @__PURE__ */ once(() => process.getBuiltinModule('node:crypto'))

export const nodeV8 = /* @__PURE__ */ once(() => process.getBuiltinModule('node:v8'))

export const nodeZlib = /* @__PURE__ */ once(() => process.getBuiltinModule('node:zlib'))

/** Asking Node each time would cost as much as some of what is then done. */
function once<T>(load: () => T): () => T {
  let loaded: T | undefined
  return () => {
    loaded ??= load()
    return loaded
  }
}
