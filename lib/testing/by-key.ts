import assert from 'node:assert/strict'
import { numbered } from './functions.js'
import type { Suite } from './suite.js'

/** The controls by key instead of by arguments: `fn.storage`. */
export function byKey({ it, wrap, storeCase }: Suite): void {
  it('offers by key what it does by arguments', async () => {
    const f = wrap(numbered())
    const key = f.key('a')

    await f.storage.set(key, 'by key')

    assert.deepEqual([await f.get('a'), await f.storage.get(key), await f.storage.has(key)], ['by key', 'by key', true])
    assert.equal(await f.storage.delete(key), true)
    assert.deepEqual(
      [await f.storage.get(key), await f.storage.has(key), await f.get('a')],
      [undefined, false, undefined],
    )
  })

  it('tells by key whether there was something to delete', async () => {
    const f = wrap(numbered())

    const told = await f.storage.delete(f.key('never'))

    assert.equal(told, !storeCase.capabilities.deleteTells)
  })

  it('declares what the store can do', async () => {
    const f = wrap(numbered())

    const declared = f.storage.capabilities

    assert.deepEqual(declared, { lease: 'process', ...storeCase.capabilities })
  })
}
