import { describe, expect, it, jest } from '@jest/globals'
import {
  ActionError,
  type CacheEvent,
  cached,
  cachedClass,
  controlsOf,
  KeyError,
  OptionError,
  ringKey,
} from '../lib/index.js'

/** A class of its own for each test: wrapping changes it. */
function pages() {
  const runs: string[] = []
  class Page {
    static base = '<html>'
    constructor(readonly url: string) {}
    static async classContent() {
      runs.push('classContent')
      // biome-ignore lint/complexity/noThisInStatic: the class that it is called on is what is tested
      return this.base
    }
    static async exampleDotCom() {
      runs.push('exampleDotCom')
      return 'example'
    }
    [ringKey]() {
      return `page=${this.url}`
    }
    async content() {
      runs.push('content')
      return `content of ${this.url}`
    }
    async part(n: number) {
      runs.push('part')
      return `${this.url}#${n}`
    }
    get summary() {
      runs.push('summary')
      return `about ${this.url}`
    }
  }
  const Cached = cachedClass(
    Page,
    { content: { ttl: 60_000 }, part: {}, summary: {} },
    { classContent: {}, exampleDotCom: { receiver: false } },
  )
  return { Page: Cached, plain: Page, runs }
}

const url = 'http://example.com'

describe('cachedClass', () => {
  it('changes the class in place, and gives it', () => {
    const { Page, plain } = pages()

    expect(Page).toBe(plain)
  })

  it('ends keys as Ring does', () => {
    const { Page } = pages()
    class SubPage extends Page {}
    const page = new Page(url)

    const keys = [
      Page.exampleDotCom.key(),
      SubPage.exampleDotCom.key(),
      Page.classContent.key(),
      SubPage.classContent.key(),
      page.content.key(),
      page.part.key(7),
      controlsOf(page, 'summary').key(),
      new SubPage(url).content.key(),
    ]

    expect(keys).toEqual([
      'Page.exampleDotCom',
      'Page.exampleDotCom',
      'Page.classContent:Page',
      'Page.classContent:SubPage',
      'Page.content:page=http://example.com',
      'Page.part:page=http://example.com::7',
      'Page.summary:page=http://example.com',
      'Page.content:page=http://example.com',
    ])
  })

  it('runs a method with its instance, once, and gives it every control', async () => {
    const { Page, runs } = pages()
    const page = new Page(url)

    const answers = [await page.content(), await page.content(), await page.part(7), await page.content.get()]

    expect(answers).toEqual([`content of ${url}`, `content of ${url}`, `${url}#7`, `content of ${url}`])
    expect(runs).toEqual(['content', 'part'])
    expect(await page.content.has()).toBe(true)
    expect(await page.content.touch()).toBe(true)
    expect(await page.content.update()).toBe(`content of ${url}`)
    expect(await page.content.execute()).toBe(`content of ${url}`)
    expect(runs).toEqual(['content', 'part', 'content', 'content'])
    await page.content.set('mine')
    expect(await page.content()).toBe('mine')
    expect(await page.content.run('delete')).toBe(true)
    expect(await page.part.getMany([7], [8])).toEqual([`${url}#7`, undefined])
    expect(page.part.keyMany([1], [2])).toEqual([
      'Page.part:page=http://example.com::1',
      'Page.part:page=http://example.com::2',
    ])
    expect(await page.part.deleteMany([7], [8])).toEqual([true, false])
    expect(await page.content.storage.get(page.content.key())).toBeUndefined()
    expect(await page.content.decode(await page.content.encode('x'))).toBe('x')
  })

  it('runs static methods with the class that they are called on', async () => {
    const { Page, runs } = pages()
    class SubPage extends Page {
      static override base = '<sub>'
    }

    const answers = [await Page.classContent(), await SubPage.classContent(), await Page.classContent()]

    expect(answers).toEqual(['<html>', '<sub>', '<html>'])
    expect(runs).toEqual(['classContent', 'classContent'])
    expect([await Page.exampleDotCom(), await SubPage.exampleDotCom()]).toEqual(['example', 'example'])
    expect(runs).toEqual(['classContent', 'classContent', 'exampleDotCom'])
    expect(await SubPage.classContent.delete()).toBe(true)
    expect(await Page.classContent.has()).toBe(true)
  })

  it('makes a getter a promise of its default action, with the controls in controlsOf', async () => {
    const { Page, runs } = pages()
    const page = new Page(url)

    const answers = [await page.summary, await page.summary]

    expect(answers).toEqual([`about ${url}`, `about ${url}`])
    expect(runs).toEqual(['summary'])
    const summary = controlsOf(page, 'summary')
    expect(await summary.get()).toBe(`about ${url}`)
    expect(await summary.update()).toBe(`about ${url}`)
    expect(await summary.delete()).toBe(true)
    expect(await summary()).toBe(`about ${url}`)
    expect(runs).toEqual(['summary', 'summary', 'summary'])
  })

  it('shares entries between instances of one identity, subclasses included, and no others', async () => {
    const { Page, runs } = pages()
    class SubPage extends Page {}

    await Promise.all([new Page(url).content(), new SubPage(url).content(), new Page('other').content()])
    await new Page(url).content.delete()

    expect(runs).toEqual(['content', 'content'])
    expect(await new SubPage(url).content.has()).toBe(false)
    expect(await new Page('other').content.has()).toBe(true)
  })

  it('takes the identity at each call', async () => {
    class Doc {
      version = 1;
      [ringKey]() {
        return this.version
      }
      async text() {
        return `text ${this.version}`
      }
    }
    cachedClass(Doc, { text: {} })
    const doc = new Doc()

    const before = await doc.text()
    doc.version = 2

    expect([before, await doc.text()]).toEqual(['text 1', 'text 2'])
  })

  it('keeps the receiver of controls that are held in a variable', async () => {
    const { Page } = pages()
    const page = new Page(url)

    const { content } = page
    const { update, key, get } = content

    expect(await content()).toBe(`content of ${url}`)
    expect(await update()).toBe(`content of ${url}`)
    expect(key()).toBe('Page.content:page=http://example.com')
    expect(await get()).toBe(`content of ${url}`)
    expect(await [content].map((f) => f())[0]).toBe(`content of ${url}`)
  })

  it('gives one and the same callable for each instance', () => {
    const { Page } = pages()
    const page = new Page(url)

    expect(page.content).toBe(page.content)
    expect(page.content.update).toBe(page.content.update)
    expect(page.content).not.toBe(new Page(url).content)
    expect(page.content.name).toBe('Page.content')
    expect(page.part.length).toBe(1)
  })

  it('serves super, call on the prototype, and private members', async () => {
    class Base {
      #secret = 'secret';
      [ringKey]() {
        return 1
      }
      async data() {
        return this.#secret
      }
    }
    cachedClass(Base, { data: {} })
    class Derived extends Base {
      override async data() {
        return `derived ${await super.data()}`
      }
    }

    const answers = [await new Derived().data(), await Base.prototype.data.call(new Base())]

    expect(answers).toEqual(['derived secret', 'secret'])
  })

  it('leaves an instance the freedom to have a method of its own', async () => {
    const { plain } = pages()
    const page = new plain(url)

    page.content = async () => 'own'

    expect(await page.content()).toBe('own')
    expect(await new plain(url).content()).toBe(`content of ${url}`)
  })

  it('runs nothing for a prototype, of a subclass either', async () => {
    const { Page, runs } = pages()
    class SubPage extends Page {}

    const looked: unknown[] = [Page.prototype.summary, SubPage.prototype.summary, SubPage.prototype.content]

    expect(looked.map((member) => typeof member)).toEqual(['function', 'function', 'function'])
    expect(runs).toEqual([])
  })

  it('asks a receiver for its identity once for an event, however many listeners there are', async () => {
    const identity = jest.fn(() => 1)
    class Doc {
      [ringKey]() {
        return identity()
      }
      async text() {
        return 'text'
      }
    }
    const Cached = cachedClass(Doc, { text: {} })
    const doc = new Cached()
    const heard = jest.fn()
    for (let n = 0; n < 100; n++) doc.text.on('hit', () => heard())
    await doc.text()
    identity.mockClear()

    await doc.text()

    expect(heard).toHaveBeenCalledTimes(100)
    expect(identity).toHaveBeenCalledTimes(2) // for the key, and for the listeners
  })

  it('rejects for an instance without an identity, with what to add', async () => {
    class Nameless {
      async data() {
        return 1
      }
    }
    const Cached = cachedClass(Nameless, { data: {} })

    const calling = new Cached().data()

    await expect(calling).rejects.toThrow(KeyError)
    await expect(calling).rejects.toThrow(
      'an instance of Nameless does not say what identifies it in a key: add a [ringKey]()',
    )
    expect(() => new Cached().data.key()).toThrow(KeyError)
    await expect(new Cached().data.update()).rejects.toThrow(KeyError)
  })

  it.each([[undefined], [''], [{}], [null], [true]])('rejects for an identity that is %p', async (identity) => {
    class Odd {
      [ringKey]() {
        return identity
      }
      async data() {
        return 1
      }
    }
    const Cached = cachedClass(Odd, { data: {} })

    const calling = new Cached().data()

    await expect(calling).rejects.toThrow('must give a non-empty string, a number or a bigint')
  })

  it('takes a static [ringKey]() in place of the name of the class', async () => {
    class Tenant {
      readonly id = 1
      static [ringKey]() {
        return 'tenant-1'
      }
      static async all() {
        return []
      }
    }
    const Cached = cachedClass(Tenant, {}, { all: {} })

    expect(Cached.all.key()).toBe('Tenant.all:tenant-1')
  })

  it('gives members their keyPrefix, key option with this, and parameters', async () => {
    class User {
      constructor(
        readonly id: number,
        readonly role: string,
      ) {}
      [ringKey]() {
        return this.id
      }
      async can(action: string, _trace?: unknown) {
        return `${this.role} ${action}`
      }
      async byRole() {
        return this.role
      }
    }
    const Cached = cachedClass(User, {
      can: { keyPrefix: 'may', parameters: ['action', 'trace'], ignorableKeys: ['trace'] },
      byRole: {
        key(this: unknown) {
          return [(this as User).role]
        },
      },
    })
    const user = new Cached(42, 'admin')

    expect(user.can.key('read', Symbol('trace'))).toBe('may:42::read')
    expect(await user.can.getOrUpdateMany({ action: 'read' }, ['write'])).toEqual(['admin read', 'admin write'])
    expect(user.byRole.key()).toBe('User.byRole:42::admin')
  })

  it('tells a listener on one instance of that identity alone, and one on the prototype of all', async () => {
    const { Page } = pages()
    const [one, same, other] = [new Page(url), new Page(url), new Page('other')]
    const ofOne = jest.fn<(event: CacheEvent) => void>()
    const ofAll = jest.fn<(event: CacheEvent) => void>()
    one.part.on('delete', ofOne)
    Page.prototype.part.on('delete', ofAll)

    await same.part.delete(7)
    await other.part.delete(8)

    expect(ofOne.mock.calls).toEqual([[{ key: 'Page.part:page=http://example.com::7', args: [7], receiver: same }]])
    expect(ofAll).toHaveBeenCalledTimes(2)
    same.part.off('delete', ofOne)
    await one.part.delete(7)
    expect(ofOne).toHaveBeenCalledTimes(1)
  })

  it('lets a cascade be written', async () => {
    const { Page } = pages()
    const page = new Page(url)
    await page.content()
    await page.part.getOrUpdateMany([1], [2])
    page.content.on('delete', () => void page.part.deleteMany([1], [2]))

    await page.content.delete()

    expect(await page.part.hasMany([1], [2])).toEqual([false, false])
  })

  const inherits = class extends pages().plain {}
  const wrong: [what: string, act: () => unknown, message: string][] = [
    [
      'the constructor',
      () => cachedClass(pages().plain, { constructor: {} } as object),
      "'constructor' of Page cannot be",
    ],
    [
      'a static method among the others',
      () => cachedClass(pages().plain, { exampleDotCom: {} } as object),
      'third argument',
    ],
    [
      'what is no class',
      () => cachedClass({} as typeof Object, {}),
      'cachedClass takes a class, got an object (Object)',
    ],
    [
      'an arrow function',
      () => cachedClass((() => {}) as unknown as typeof Object, {}),
      'cachedClass takes a class, got a function',
    ],
    ['no options', () => cachedClass(pages().plain, undefined as never), 'takes the options of methods by their names'],
    [
      'a name that is not there',
      () => cachedClass(pages().plain, { nothing: {} } as object),
      "'nothing' of Page cannot be",
    ],
    ['a field', () => cachedClass(pages().plain, { url: {} }), "'url' of Page cannot be"],
    ['an inherited method', () => cachedClass(inherits, { content: {} }), 'it is inherited'],
    [
      'a method that is cached',
      () => cachedClass(pages().plain, { content: {} }),
      "'content' of Page is cached already",
    ],
    [
      'a getter that is cached',
      () => cachedClass(pages().plain, { summary: {} }),
      "'summary' of Page is cached already",
    ],
    [
      'a method without its instance',
      () =>
        cachedClass(
          class A {
            async a() {}
          },
          { a: { receiver: false } },
        ),
      "receiver: false of 'a'",
    ],
    [
      'an unknown option',
      () =>
        cachedClass(
          class A {
            async a() {}
          },
          { a: { tll: 5 } as never },
        ),
      "unknown option 'tll'",
    ],
    [
      'a symbol',
      () =>
        cachedClass(
          class A {
            async [ringKey]() {}
          },
          { [ringKey]: {} },
        ),
      'members with names',
    ],
    [
      'a class without a name on a store that was passed',
      () =>
        cachedClass(
          class {
            async a() {}
          },
          { a: { store: new Map() } },
        ),
      'needs a keyPrefix',
    ],
  ]

  it.each(wrong)('refuses %s', (_what, act, message) => {
    expect(act).toThrow(OptionError)
    expect(act).toThrow(message)
  })

  it('changes nothing when one of several members is refused', async () => {
    class Half {
      async a() {
        return 'a'
      }
      async b() {
        return 'b'
      }
    }
    const { a } = Half.prototype

    expect(() => cachedClass(Half, { a: {}, b: { ttl: 0 } })).toThrow(OptionError)

    expect(Half.prototype.a).toBe(a)
  })
})

describe('controlsOf', () => {
  it('gives those of a method, of a static method and of a subclass instance', async () => {
    const { Page, plain } = pages()
    class SubPage extends Page {}
    const page = new SubPage(url)

    expect(controlsOf(page, 'content')).toBe(page.content)
    expect(controlsOf(plain, 'classContent')).toBe(Page.classContent)
    expect(controlsOf(SubPage, 'classContent').key()).toBe('Page.classContent:SubPage')
    expect(controlsOf(plain, 'exampleDotCom')).toBe(Page.exampleDotCom)
  })

  it('refuses what is not cached', () => {
    const { Page } = pages()

    expect(() => controlsOf(new Page(url), 'url')).toThrow(ActionError)
    expect(() => controlsOf(new Page(url), 'toString' as never)).toThrow("'toString' of an object (Page) is not cached")
    expect(() => controlsOf(5 as never, 'a' as never)).toThrow('controlsOf takes an object, got a number')
  })
})

describe('receiver: true', () => {
  const shop = (name: string) => ({
    name,
    [ringKey]: () => name,
  })
  const price = () => {
    const run = jest.fn(async function (this: { name: string }, item: string) {
      return `${item} at ${this.name}`
    })
    return { run, f: cached(run, { receiver: true, keyPrefix: 'price' }) }
  }

  it('runs with this and has it in the key', async () => {
    const { run, f } = price()
    const tea = { ...shop('tea house'), price: f }
    const coffee = { ...shop('café'), price: f }

    const answers = [await tea.price('x'), await coffee.price('x'), await tea.price('x'), await f.call(tea, 'x')]

    expect(answers).toEqual(['x at tea house', 'x at café', 'x at tea house', 'x at tea house'])
    expect(run).toHaveBeenCalledTimes(2)
    expect(controlsOf(tea, 'price').key('x')).toBe('price:tea%20house::x')
    expect(await controlsOf(coffee, 'price').delete('x')).toBe(true)
  })

  it('binds: the same callable for the same object, with all controls', async () => {
    const { f } = price()
    const tea = shop('tea')

    const bound = f.bind(tea)

    expect(f.bind(tea)).toBe(bound)
    expect(await bound('x')).toBe('x at tea')
    expect(await bound.update('x')).toBe('x at tea')
    expect(bound.key('x')).toBe('price:tea::x')
  })

  it('rejects without a receiver, and says what to do', async () => {
    const { f, run } = price()
    const loose = f as unknown as (item: string) => Promise<string>

    await expect(loose('x')).rejects.toThrow(KeyError)
    await expect(loose('x')).rejects.toThrow('`this` is undefined: call it as a method of its object, or bind it first')
    await expect(f.update('x')).rejects.toThrow(KeyError)
    expect(() => f.key('x')).toThrow(KeyError)
    await expect(f.call('text' as never, 'x')).rejects.toThrow('`this` is a string')
    await expect(f.call({ name: 'x' }, 'x')).rejects.toThrow('this object does not say what identifies it')
    expect(run).not.toHaveBeenCalled()
  })

  it.each([[undefined], [null], [5], ['text']])('refuses to bind %p', (receiver) => {
    const { f } = price()

    expect(() => f.bind(receiver as never)).toThrow('bind takes the object that the function is to run with')
  })

  it('refuses to bind arguments', () => {
    const { f } = price()
    const bind = f.bind as (...args: unknown[]) => unknown

    expect(() => bind(shop('tea'), 'x')).toThrow('got 1 more arguments')
  })

  it('does not take this without the option', async () => {
    const seen: unknown[] = []
    const f = cached(
      async function f(this: unknown) {
        seen.push(this)
      },
      { keyPrefix: 'f' },
    )

    await f.call({ [ringKey]: () => 1 })

    expect(seen).toEqual([undefined])
    expect(f.key()).toBe('f')
  })
})
