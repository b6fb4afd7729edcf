import { afterEach, describe, expect, it } from '@jest/globals'
import { answered, bareMemcached, cleanUp, eventually, freeze, setup, times } from './support.js'

afterEach(cleanUp)

describe('a bare KeyvMemcache whose server is frozen', () => {
  it('is sent nothing later of what waited behind a command that was given up on', async () => {
    const { server, f, ready } = await setup(bareMemcached)
    await ready(0)
    await freeze(server)
    await f(1)
    const sets = await Promise.allSettled(times(200, (i) => f.set('late', 100 + i)))

    server.resume()

    expect(new Set(sets.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await eventually(() => f.set('new', 2).then(() => true))
    const late = await answered(() => f.hasMany(...times(200, (i): [number] => [100 + i])))
    expect(late).toEqual(times(200, () => false))
  })

  it('adds no listener to the client, however often it freezes', async () => {
    const { server, store, f, ready } = await setup(bareMemcached)
    await ready(0)
    const client = Reflect.get(store, 'client')
    const listeners = () =>
      client.servers.map((one: NodeJS.EventEmitter) => one.eventNames().map((name) => one.listenerCount(name)))
    const before = listeners()

    for (const i of [1, 2, 3]) {
      await freeze(server)
      await Promise.allSettled(times(20, () => f(i)))
      server.resume()
      await eventually(() => f.set('new', i).then(() => true))
    }

    expect(listeners()).toEqual(before)
  })
})
