import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createGate, type GateOptions } from '../lib/storage/gate.js'
import { type Attempt, whenGivenUp } from '../lib/storage/storage.js'
import { controlledRuns, quiet } from './support/controlled-store.js'

function setup({ ready, oneConnection = true, lost }: Partial<GateOptions> & { ready: boolean }) {
  const state = { ready, woken: 0 }
  const commands = controlledRuns<string, [string]>()
  const gate = createGate({
    isReady: () => state.ready,
    wake: () => {
      state.woken += 1
    },
    oneConnection,
    ...(lost && { lost }),
  })
  const send = (name: string) => {
    const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: 1_000 }
    const answer = gate.pass(attempt, () => commands.fn(name))
    answer.catch(() => {})
    const giveUp = () => {
      attempt.givenUp = true
      attempt.onGiveUp?.()
    }
    return { answer, giveUp, attempt }
  }
  const sent = () => commands.pending.map(({ args }) => args[0])
  return { state, gate, commands, send, sent }
}

describe('the gate before a client', () => {
  it('lets commands through at once while the client is ready', async () => {
    const { send, sent, commands } = setup({ ready: true })

    const { answer } = send('a')

    expect(sent()).toEqual(['a'])
    commands.pending[0]?.resolve('answer')
    expect(await answer).toBe('answer')
  })

  it('keeps them while it is not, asks for it each time, and sends them in order when it is', async () => {
    const { send, sent, state, gate } = setup({ ready: false })
    send('a')
    send('b')
    expect([sent(), state.woken]).toEqual([[], 2])

    state.ready = true
    gate.open()

    expect(sent()).toEqual(['a', 'b'])
  })

  it('does not open for a client that is not ready', () => {
    const { send, sent, gate } = setup({ ready: false })
    send('a')

    gate.open()

    expect(sent()).toEqual([])
  })

  it('never sends what was given up on while it waited, and says so to whoever waits for its end', async () => {
    const { send, sent, state, gate } = setup({ ready: false })
    const { answer, giveUp } = send('a')
    send('b')

    giveUp()
    state.ready = true
    gate.open()

    expect(sent()).toEqual(['b'])
    await expect(answer).rejects.toThrow('given up before it could be sent')
  })

  it('never sends what was given up on before it came', async () => {
    const { gate, commands } = setup({ ready: true })
    const attempt: Attempt = { givenUp: true, onGiveUp: undefined, timeout: 1_000 }

    const answer = gate.pass(attempt, () => commands.fn('a'))

    await expect(answer).rejects.toThrow('given up before it could be sent')
    expect(commands.count).toBe(0)
  })

  it('is closed from when a sent command is given up on until its answer comes', async () => {
    const { send, sent, commands } = setup({ ready: true })
    const first = send('a')
    first.giveUp()
    send('b')
    expect(sent()).toEqual(['a'])

    commands.pending[0]?.reject(new Error('too late'))
    await quiet()

    expect(sent()).toEqual(['b'])
  })

  it('stays closed until every command that was given up on has its answer', async () => {
    const { send, sent, commands } = setup({ ready: true })
    const both = [send('a'), send('b')]
    for (const { giveUp } of both) giveUp()
    send('c')

    commands.pending[0]?.resolve('late')
    await quiet()
    expect(sent()).toEqual(['b'])
    commands.pending[0]?.resolve('late')
    await quiet()

    expect(sent()).toEqual(['c'])
  })

  it('stays open behind a command without an answer where each has a connection of its own', () => {
    const { send, sent } = setup({ ready: true, oneConnection: false })
    const first = send('a')

    first.giveUp()
    send('b')

    expect(sent()).toEqual(['a', 'b'])
  })

  it('takes back what was handed over and is given up on', () => {
    const { gate } = setup({ ready: true })
    const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: 1_000 }
    const drop = jest.fn()
    gate.pass(attempt, () => new Promise(() => {}), drop)

    attempt.onGiveUp?.()

    expect(drop).toHaveBeenCalledTimes(1)
  })

  it('fails those that wait when there is no hope, and takes new ones', async () => {
    const { send, sent, state, gate } = setup({ ready: false })
    const { answer } = send('a')

    gate.fail(new Error('no server'))

    await expect(answer).rejects.toThrow('no server')
    state.ready = true
    send('b')
    expect(sent()).toEqual(['b'])
  })

  it('gives up a command that waited and has been sent like any other', async () => {
    const { send, sent, state, gate, commands } = setup({ ready: false })
    const waited = send('a')
    state.ready = true
    gate.open()

    waited.giveUp()
    send('b')

    expect(sent()).toEqual(['a'])
    commands.pending[0]?.resolve('late')
    await quiet()
    expect(sent()).toEqual(['b'])
  })
})

describe('the gate before a client that may lose commands', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('makes the client fail or repeat them some time after one was given up on', async () => {
    const flush = jest.fn(() => commands.pending[0]?.reject(new Error('the answer was lost')))
    const { send, sent, commands } = setup({ ready: true, lost: { after: 1_000, flush } })
    const { giveUp, answer } = send('a')
    giveUp()
    send('b')

    await jest.advanceTimersByTimeAsync(999)
    expect([flush.mock.calls.length, sent()]).toEqual([0, ['a']])
    await jest.advanceTimersByTimeAsync(1)

    expect([flush.mock.calls.length, sent()]).toEqual([1, ['b']])
    await expect(answer).rejects.toThrow('the answer was lost')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('opens after as long again where even that does not end them, and counts a late end no more', async () => {
    const { send, sent, commands } = setup({ ready: true, lost: { after: 1_000, flush: () => {} } })
    send('a').giveUp()
    send('b')

    await jest.advanceTimersByTimeAsync(2_000)
    expect(sent()).toEqual(['a', 'b'])
    commands.pending[0]?.resolve('late')
    await jest.advanceTimersByTimeAsync(0)
    commands.pending[0]?.resolve('in time')
    const next = send('c')
    next.giveUp()
    send('d')

    expect(sent()).toEqual(['c'])
  })

  it('has the commands failed too where each has a connection of its own', async () => {
    const flush = jest.fn()
    const { send } = setup({ ready: true, oneConnection: false, lost: { after: 1_000, flush } })
    send('a').giveUp()

    await jest.advanceTimersByTimeAsync(1_000)

    expect(flush).toHaveBeenCalledTimes(1)
  })

  it('leaves no timer behind for what ends in time or is not given up', async () => {
    const { send, commands } = setup({ ready: true, lost: { after: 1_000, flush: () => {} } })
    send('a').giveUp()
    send('b')

    commands.pending[0]?.resolve('late')
    await jest.advanceTimersByTimeAsync(0)

    expect(jest.getTimerCount()).toBe(0)
  })

  it('keeps what others have to do when an attempt is given up', async () => {
    const { state, gate, commands } = setup({ ready: false })
    const told = jest.fn()
    const attempt: Attempt = { givenUp: false, onGiveUp: undefined, timeout: 1_000 }
    gate.pass(attempt, () => commands.fn('a')).catch(() => {})
    whenGivenUp(attempt, told)
    state.ready = true
    gate.open()

    attempt.onGiveUp?.()

    expect(commands.count).toBe(1)
    expect(told).toHaveBeenCalledTimes(1)
  })
})
