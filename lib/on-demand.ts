/** What is made by the first call that needs it, and the built-in modules of Node that most programs need nothing of here. */

// To load these takes as long as to load all of ours.
export const nodeCrypto = /* @__PURE__ */ once(() => process.getBuiltinModule('node:crypto'))
export const nodeV8 = /* @__PURE__ */ once(() => process.getBuiltinModule('node:v8'))
export const nodeZlib = /* @__PURE__ */ once(() => process.getBuiltinModule('node:zlib'))

/** What `make` gives, made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
