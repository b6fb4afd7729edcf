/** Ring's quickstart, "method, classmethod, staticmethod, property": every kind of member of a class. */
import assert from 'node:assert/strict'
import { cachedClass, controlsOf, ringKey } from 'ringcache'

// In place of the network: what example.com answers.
const served = 'data:text/html,<html>example</html>'
let requests = 0
async function get(url: string) {
  requests += 1
  return (await fetch(url.replace('http://example.com', served))).text()
}

const Page = cachedClass(
  class Page {
    static baseContent = '<html></html>'

    constructor(readonly url: string) {}

    [ringKey]() {
      return `page=${this.url}`
    }

    async content() {
      return get(this.url)
    }

    static async classContent() {
      // biome-ignore lint/complexity/noThisInStatic: the class it is called on, as `cls` in Python
      return this.baseContent
    }

    static async exampleDotCom() {
      return get('http://example.com')
    }

    get urlProperty() {
      return this.url
    }
  },
  { content: {}, urlProperty: {} },
  // A static method is Ring's classmethod; without its receiver it is Ring's staticmethod.
  { classContent: {}, exampleDotCom: { receiver: false } },
)

assert.equal(await Page.exampleDotCom(), '<html>example</html>') // as expected
// key with class name + function name
assert.equal(Page.exampleDotCom.key(), 'Page.exampleDotCom')

assert.equal(await Page.classContent(), '<html></html>') // as expected
// key with class name + function name + the class it is called on
assert.equal(Page.classContent.key(), 'Page.classContent:Page')

const page = new Page('http://example.com')
assert.equal(await page.content(), '<html>example</html>') // as expected
assert.equal(await page.content(), '<html>example</html>')
assert.equal(requests, 2)
// key with class name + function name + [ringKey]
assert.equal(page.content.key(), 'Page.content:page=http://example.com')

// A getter gives a promise, and has its controls beside it.
assert.equal(await page.urlProperty, page.url)
assert.equal(await controlsOf(page, 'urlProperty').get(), page.url)
assert.equal(controlsOf(page, 'urlProperty').key(), 'Page.urlProperty:page=http://example.com')

// A subclass shares the entries of methods and has its own for what is called on the class: as in Ring.
class Article extends Page {
  static override baseContent = '<article></article>'
}
assert.equal(new Article('http://example.com').content.key(), page.content.key())
assert.equal(Article.classContent.key(), 'Page.classContent:Article')
assert.equal(await Article.classContent(), '<article></article>')

console.log(Page.exampleDotCom.key())
console.log(Page.classContent.key(), Article.classContent.key())
console.log(page.content.key(), controlsOf(page, 'urlProperty').key())
