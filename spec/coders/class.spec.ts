import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SuperJSON } from 'superjson'
import { type AnyClass, CoderError, classCoder, OptionError } from '../../lib/index.js'
import { codecOf, values, written } from './fixtures.js'

class Person {
  constructor(
    readonly first: string,
    readonly last: string,
    readonly more?: unknown,
  ) {
    if (first === undefined) throw new Error('a person has a name')
  }

  get name(): string {
    return `${this.first} ${this.last}`
  }

  greet(other: Person): string {
    return `${this.name} greets ${other.name}`
  }
}

class Employee extends Person {
  boss: Person | undefined

  override greet(other: Person): string {
    return `${super.greet(other)}, politely`
  }
}

class Team {
  members: unknown[] = []
}

const ada = () => new Person('Ada', 'Lovelace')
const people = codecOf(classCoder(Person))
const all = codecOf(classCoder(Person, Employee, Team))

function roundTrip(value: unknown, codec = all): unknown {
  return codec.decode(codec.encode(value))
}

describe('an instance of a registered class', () => {
  it('comes back as an instance, with its methods and getters, and no constructor runs', () => {
    const back = roundTrip(ada()) as Person

    expect(back).toBeInstanceOf(Person)
    expect(Object.getPrototypeOf(back)).toBe(Person.prototype)
    expect([back.name, back.greet(back)]).toEqual(['Ada Lovelace', 'Ada Lovelace greets Ada Lovelace'])
    expect(Object.keys(back)).toEqual(['first', 'last', 'more'])
  })

  it.each<[string, unknown]>([
    ['in a list', [ada(), ada()]],
    [
      'as a value and as a key of a Map',
      new Map<unknown, unknown>([
        ['a', ada()],
        [ada(), 1n],
      ]),
    ],
    ['in a Set', new Set([ada()])],
    ['in an object', { users: [ada()], total: 1 }],
    ['in the cause of an error', { name: new Error('no', { cause: ada() }).cause }],
    ['in one of its own', new Person('a', 'b', { friend: new Person('c', 'd', [ada()]) })],
    ['in one of another class', Object.assign(new Team(), { members: [ada(), new Employee('a', 'b')] })],
    ['with all that superjson keeps in it', new Person('a', 'b', [new Date(0), new Map([[1n, /x/g]]), Buffer.of(1)])],
    ['without properties', Object.create(Team.prototype)],
  ])('is kept %s', (_name, value) => {
    expect(written(roundTrip(value))).toBe(written(value))
  })

  it('may be of a derived class, if that is registered too', () => {
    const back = roundTrip([new Employee('a', 'b'), ada()]) as [Employee, Person]

    expect(back.map((each) => each.constructor)).toEqual([Employee, Person])
    expect(back[0].greet(back[1])).toBe('a b greets Ada Lovelace, politely')
  })

  it('is itself shared, and shares what lies in it', () => {
    const list = [1]
    const person = new Person('a', 'b', list)

    const back = roundTrip({ person, again: person, list }) as { person: Person; again: Person; list: unknown }

    expect(back.again).toBe(back.person)
    expect(back.person.more).toBe(back.list)
  })

  it('may contain itself, as those do that know of each other', () => {
    const boss = new Employee('a', 'b')
    const team = Object.assign(new Team(), { members: [boss, ada()] })
    Object.assign(boss, { boss, more: team })

    const back = roundTrip(team) as { members: [Employee, Person] }

    expect(back.members[0].boss).toBe(back.members[0])
    expect(back.members[0].more).toBe(back)
    expect(written(back)).toBe(written(team))
  })

  it('is not taken apart for what is of another realm beside it or in it', () => {
    const foreign = runInNewContext('({ at: new Date(5), set: new Set([1]) })')

    const back = roundTrip([new Person('a', 'b', foreign), foreign]) as [Person, unknown]

    expect(back[0].name).toBe('a b')
    expect(back[0].more).toEqual({ at: new Date(5), set: new Set([1]) })
    expect(back[1]).toBe(back[0].more)
  })

  it('loses what nobody sees from outside', () => {
    class Secret {
      #code = 1
      seen = 2
      readonly has = undefined
      isWhole(): boolean {
        return #code in this
      }
    }
    const secret = Object.defineProperty(new Secret(), 'cache', { value: 1, enumerable: false })

    const back = roundTrip(secret, codecOf(classCoder(Secret))) as Secret

    expect(back.isWhole()).toBe(false)
    expect(back).toEqual(Object.assign(Object.create(Secret.prototype), { seen: 2, has: undefined }))
  })

  it('is kept in any structure', () => {
    fc.assert(
      fc.property(values(), values(), fc.array(values(), { maxLength: 3 }), (a, b, list) => {
        const value = { a, in: [new Person('x', 'y', b), new Map([[new Employee('', ''), new Set(list)]])] }
        expect(written(roundTrip(value))).toBe(written(value))
      }),
      { numRuns: 300 },
    )
  })
})

describe('instances that point at each other', () => {
  it('come back as they were, or the cycle is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(2)), { maxLength: 10 }), (edges) => {
        const pool = Array.from({ length: 6 }, (_, n) => (n % 3 === 0 ? { members: [] } : new Team()) as Team)
        for (const [from, to, how] of edges) {
          if (how === 0) Object.assign(pool[from] as Team, { [`to${to}`]: pool[to] })
          else pool[from]?.members.push(how === 1 ? pool[to] : new Map([[to, pool[to]]]))
        }
        let back: unknown
        try {
          back = roundTrip(pool)
        } catch (error) {
          expect(error).toBeInstanceOf(CoderError)
          expect(written(pool)).toContain('[Circular')
          return
        }
        expect(written(back)).toBe(written(pool))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a value without any instance', () => {
  it.each<[unknown]>([
    [null],
    [undefined],
    [1n],
    ['text'],
    [[]],
    [[1, [null]]],
    [new Map([['a', 1]])],
    [new Set()],
    [new Date(0)],
    [new Error('no')],
  ])('is kept if there is no plain object: %p', (value) => {
    expect(roundTrip(value)).toEqual(value)
  })

  it.each<[unknown]>([[{}], [{ first: 'Ada' }], [[{ id: 1 }]], [new Map([[1, { id: 1 }]])], [Object.create(null)]])(
    'is refused on both ways if there is one: %p',
    (value) => {
      const stored = codecOf('superjson').encode(value)

      expect(() => all.encode(value)).toThrow(
        "coder 'classCoder(Person, Employee, Team)' takes plain objects only beside",
      )
      expect(() => all.decode(stored)).toThrow(CoderError)
    },
  )
})

describe('what would be lost', () => {
  class Moody {
    mood = 'good'
    get twice(): string {
      return this.mood + this.mood
    }
    say(): string {
      return this.mood
    }
  }
  const moody = codecOf(classCoder(Moody))
  const withOwn = (name: PropertyKey, property: PropertyDescriptor) =>
    Object.defineProperty(new Moody(), name, { enumerable: true, ...property })

  it.each<[string, unknown, string]>([
    ['an instance of another class', [new Moody(), new Team()], 'an object (Team) with members of its own at $[1]'],
    [
      'an instance of a derived class',
      new (class Sad extends Moody {})(),
      'an object (Sad) with members of its own at $',
    ],
    ['what inherits from an instance', Object.create(new Moody()), 'at $'],
    ['a function of its own', withOwn('act', { value: () => 1 }), 'a function at $.act'],
    ['a symbol of its own', [withOwn('s', { value: Symbol('s') })], 'a symbol at $[0].s'],
    ['a member named by a symbol', withOwn(Symbol('s'), { value: 1 }), 'a member named by a symbol at $'],
    ['an accessor of its own', withOwn('a', { get: () => 1 }), "with an accessor of its own, 'a' at $"],
    ['a setter of its own', withOwn('a', { set: () => {} }), "with an accessor of its own, 'a' at $"],
    ['a property that hides a method', withOwn('say', { value: 1 }), "with 'say' not as its class has it at $"],
    ['a property that hides a getter', withOwn('twice', { value: 1 }), "with 'twice' not as its class has it at $"],
    ['a constructor of its own', withOwn('constructor', { value: Object }), "with 'constructor' not as"],
    ['a property named __proto__', withOwn('__proto__', { value: 1 }), "with '__proto__' not as"],
    ['a property named prototype', withOwn('prototype', { value: 1 }), "a member named 'prototype' at $"],
    ['an ArrayBuffer inside', withOwn('a', { value: [new ArrayBuffer(1)] }), '(ArrayBuffer) at $.a[0]'],
  ])('is refused: %s', (_name, value, what) => {
    expect(() => moody.encode(value)).toThrow(CoderError)
    expect(() => moody.encode(value)).toThrow(what)
    expect(() => moody.encode(value)).toThrow("coder 'classCoder(Moody)' cannot represent")
    expect(() => moody.encode(value)).toThrow('; give classCoder the class of every instance, use a coder of your own')
  })

  it('is refused before any accessor runs', () => {
    let reads = 0
    const value = withOwn('a', { get: () => reads++ })

    expect(() => moody.encode(value)).toThrow(CoderError)
    expect(reads).toBe(0)
  })
})

describe('props', () => {
  const exact = codecOf(classCoder({ class: Person, props: ['last', 'first', 'more'] }))

  it('lets through an instance that has exactly these, in any order', () => {
    expect(written(roundTrip(ada(), exact))).toBe(written(ada()))
  })

  it.each<[string, object]>([
    ['one more', Object.assign(ada(), { age: 1 })],
    ['one less', Object.assign(Object.create(Person.prototype), { first: 'a', last: 'b' })],
    ['another', Object.assign(Object.create(Person.prototype), { first: 'a', last: 'b', age: 1 })],
  ])('refuses an instance on both ways that has %s', (_name, value) => {
    const stored = people.encode(value)

    expect(() => exact.encode([value])).toThrow(
      'an instance of Person whose properties are not exactly last, first, more at $[0]',
    )
    expect(() => exact.decode(stored)).toThrow(CoderError)
  })

  it('may be none', () => {
    const empty = codecOf(classCoder({ class: Team, props: [] }))

    expect(roundTrip(Object.create(Team.prototype), empty)).toBeInstanceOf(Team)
    expect(() => empty.encode(new Team())).toThrow('not exactly none')
  })
})

describe('the stored data', () => {
  const plain = new SuperJSON()
  plain.registerClass(Person, { identifier: 'Person' })
  plain.registerClass(Team, { identifier: 'Team' })
  const coder = codecOf(classCoder(Person, Team))

  it('is what plain superjson writes with the same classes, and reads', () => {
    fc.assert(
      fc.property(values(), values(), (a, b) => {
        const value = [Object.assign(new Team(), { members: [new Person('x', 'y', a)] }), b]
        const stored = plain.stringify(value)

        expect(coder.encode(value)).toBe(stored)
        expect(written(coder.decode(stored))).toBe(written(value))
        expect(written(plain.parse(stored))).toBe(written(value))
      }),
      { numRuns: 200 },
    )
  })

  it('names a class as it was told to', () => {
    const named = codecOf(classCoder({ class: Person, name: 'user.v2' }))

    expect(named.encode(new Person('a', 'b', 1))).toBe(
      '{"json":{"first":"a","last":"b","more":1},"meta":{"values":[["class","user.v2"]],"v":1}}',
    )
    expect(() => named.decode(people.encode(ada()))).toThrow('was not given the class that the stored data names')
  })

  it.each(['__proto__', 'constructor', 'a.b\\c', 'Buffer', ' '])('may name it %p', (name) => {
    const named = codecOf(classCoder({ class: Person, name }))

    expect(roundTrip([ada(), Buffer.of(1)], named)).toEqual([ada(), Buffer.of(1)])
  })

  it('means the class of this coder, whatever another calls by the same name', () => {
    const User = class User {
      id = 1
    }
    const [one, other] = [User, class User extends Team {}].map((type) => codecOf(classCoder(type)))

    const stored = one?.encode(new User())

    expect(one?.decode(stored)).toBeInstanceOf(User)
    expect(other?.decode(stored)).toBeInstanceOf(Team)
    expect(() => other?.encode(new User())).toThrow(CoderError)
  })
})

describe('classCoder', () => {
  it.each<[string, () => unknown, string]>([
    ['no class', () => classCoder(), 'at least one class, got none'],
    ['an arrow function', () => classCoder(arrow), 'got a function'],
    ['a bound class', () => classCoder(Person.bind(null) as unknown as AnyClass), 'got a function'],
    ['an object', () => classCoder({ class: {} as AnyClass }), 'got an object (Object)'],
    ['null', () => classCoder(null as unknown as AnyClass), 'got null'],
    ['a name', () => classCoder('Person' as unknown as AnyClass), 'got a string of 6 characters'],
    ['a list', () => classCoder([Person] as unknown as AnyClass), "unknown option '0'"],
    ['a further option', () => classCoder({ class: Person, id: 1 } as never), "unknown option 'id'"],
    ['a class without name', () => classCoder((() => class {})()), 'non-empty name'],
    ['an empty name', () => classCoder({ class: Person, name: '' }), 'non-empty name'],
    ['a class twice', () => classCoder(Person, { class: Person, name: 'P' }), 'takes a class once'],
    ['a name twice', () => classCoder(Team, { class: Person, name: 'Team' }), "got two of 'Team'"],
    ['an empty prop', () => classCoder({ class: Person, props: [''] }), 'non-empty string'],
    ['props that are no list', () => classCoder({ class: Person, props: 'first' as never }), 'in an array'],
    ['a prop twice', () => classCoder({ class: Person, props: ['a', 'b', 'a'] }), 'once, got a, b, a'],
    ['a getter as a prop', () => classCoder({ class: Person, props: ['name'] }), "'name' is a method or an accessor"],
    ['a built-in class', () => classCoder(Date), 'which is built in'],
    ['Object', () => classCoder(Object), 'which is built in'],
    ['an array', () => classCoder(class List extends Array {}), 'List: what makes one a Array'],
    ['an error', () => classCoder(class Oops extends TypeError {}), 'Oops: what makes one a TypeError'],
    ['a URL', () => classCoder(class Link extends URL {}), 'Link: what makes one a URL'],
    ['a Buffer', () => classCoder(Buffer), 'Buffer: what makes one a Buffer'],
    ['a thenable', () => classCoder(Later), "they have a 'then'"],
  ])('refuses %s at once', (_name, act, message) => {
    expect(act).toThrow(OptionError)
    expect(act).toThrow(message)
  })

  it('takes classes that nobody else can construct, and those that only have the name of a built-in', () => {
    class Single {
      static readonly only = new Single()
      private constructor() {}
    }
    abstract class Shape {}
    const Own = { Map: class {} }

    const back = roundTrip([Single.only, new Own.Map()], codecOf(classCoder(Single, Shape, Own.Map))) as object[]

    expect(Own.Map.name).toBe('Map')
    expect(back.map((each) => each.constructor)).toEqual([Single, Own.Map])
  })

  it('takes a function with a prototype, as classes were once written', () => {
    function Old(this: { a: number }) {
      this.a = 1
    }
    const value = Reflect.construct(Old, [])

    expect(roundTrip(value, codecOf(classCoder(Old)))).toBeInstanceOf(Old)
  })

  it('is called by its name, in a list too', () => {
    const zipped = codecOf([classCoder(Person, Team), 'gzip'])

    expect(zipped.name).toBe('classCoder(Person, Team)|gzip')
  })

  it('is independent of the options it was given', () => {
    const props = ['first', 'last', 'more']
    const codec = codecOf(classCoder({ class: Person, props }))

    props.pop()

    expect(roundTrip(ada(), codec)).toBeInstanceOf(Person)
  })
})

const arrow: AnyClass = () => 1
class Later {
  // biome-ignore lint/suspicious/noThenProperty: the thenable is the case
  then() {}
}
