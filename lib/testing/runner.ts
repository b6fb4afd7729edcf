/**
 * What the suite asks of a test framework. The globals of Jest and Vitest fit as they are; Mocha and `node:test` with
 * their `before` and `after` as `beforeAll` and `afterAll`.
 */
export interface Runner {
  describe(title: string, define: () => void): unknown
  readonly it: Test
  beforeAll(hook: Action): unknown
  afterAll(hook: Action): unknown
  beforeEach(hook: Action): unknown
  afterEach(hook: Action): unknown
}

/** One test. `skip` reports one that is left out; its title says why. */
export interface Test {
  (title: string, test: Action): unknown
  skip(title: string, test: Action): unknown
}

export type Action = () => Promise<void>
