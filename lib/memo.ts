/** Keys that were made before, found by the arguments as they are. */
import { emptyShape, type Flat, flatCopy, isSimple, knownShape, type Simple, shapeOf } from './flat.js'

type Compose = (args: readonly unknown[]) => string

/** The keys of one function. */
export interface Memo {
  /** The key of a list of arguments like one that came before, as far as it is remembered. */
  find(args: readonly unknown[]): string | undefined
  /** The key of any other list. It is remembered from now on if its arguments are few, simple or flat, and not too long. */
  compose(args: readonly unknown[]): string
  /** The same for a list that may never come again: not remembered once it was filled with such that did not. */
  composeUnlessVain(args: readonly unknown[]): string
  /** A list that is not remembered has come again: from now on they are. */
  comeAgain(): void
}

/**
 * What follows where lists begin alike. A simple argument is a step by itself, a flat object one by its shape and one by
 * each of its values. Where a list ends is its key; where others go on from there, it is under `END`.
 */
type Branch = Map<unknown, Branch | string>

const END = Symbol('end')

const MOST_ARGUMENTS = 4
/** How much is remembered, in about bytes. */
const MOST = 2 ** 21
const MOST_OF_ONE = MOST / 32
/** What a key takes beside text, and each branch on the way to it that is new. */
const ENTRY = 64
const BRANCH = 192

/**
 * Saves scanning, joining and fitting for arguments that came before, and the store the hashing of a new text. It starts
 * anew when full, and long arguments pass it by, so what it holds is bounded (a slice of a longer text holds that).
 */
export function createMemo(keyOf: Compose): Memo {
  let root: Branch = new Map()
  let shapes = emptyShape()
  let size = 0
  /** Whether one has come again since it began. */
  let isOfUse = false
  /** Whether it was filled and none came again: to remember what never does costs a miss in memory a sixth. */
  let isVain = false
  let spare: Simple[] | undefined

  const findFlat = (from: Branch, object: object): Branch | string | undefined => {
    const values = spare ?? []
    spare = undefined // a getter may come here again
    const shape = knownShape(object, shapes, values)
    let found = shape && from.get(shape)
    for (let i = 0; i < values.length; i++) {
      if (shape !== undefined && i < shape.size) found = next(found, values[i])
      values[i] = undefined
    }
    spare = values
    return found
  }

  const forget = (): void => {
    root = new Map()
    shapes = emptyShape()
    size = 0
    isOfUse = false
  }

  const remember = (args: readonly (Simple | Flat)[], key: string): void => {
    const weight = weightOf(args, key)
    if (weight > MOST_OF_ONE) return
    if (size + weight > MOST) {
      isVain = !isOfUse
      forget()
      if (isVain) return
    }
    const steps = args.flatMap((arg) => (isSimple(arg) ? arg : [shapeOf(arg, shapes), ...Object.values(arg)]))
    size += weight + BRANCH * add(root, steps, key)
  }

  const compose = (args: readonly unknown[]): string => {
    const copies = args.length <= MOST_ARGUMENTS ? copiesOf(args) : undefined
    if (copies === undefined) return keyOf(args)
    const key = keyOf(copies)
    remember(copies, key)
    return key
  }

  return {
    find(args) {
      let found: Branch | string | undefined = root
      for (let i = 0; i < args.length; i++) {
        const arg = args[i]
        if (typeof found !== 'object') return undefined
        found = typeof arg === 'object' && arg !== null ? findFlat(found, arg) : found.get(arg)
      }
      const key = typeof found === 'object' ? (found.get(END) as string | undefined) : found // END leads to nothing else
      if (key !== undefined) isOfUse = true
      return key
    },
    compose,
    composeUnlessVain: (args) => (isVain ? keyOf(args) : compose(args)),
    comeAgain() {
      isVain = false
    },
  }
}

function next(from: Branch | string | undefined, step: unknown): Branch | string | undefined {
  return typeof from === 'object' ? from.get(step) : undefined
}

/** The arguments, with copies of flat objects in place of these; `undefined` where one is neither flat nor simple. */
function copiesOf(args: readonly unknown[]): (Simple | Flat)[] | undefined {
  const copies: (Simple | Flat)[] = []
  for (const arg of args) {
    if (isSimple(arg)) copies.push(arg)
    else {
      const copy = typeof arg === 'object' && arg !== null ? flatCopy(arg) : undefined
      if (copy === undefined) return undefined
      copies.push(copy)
    }
  }
  return copies
}

/** Adds a list and its key. How many branches it took. */
function add(root: Branch, steps: readonly unknown[], key: string): number {
  let branches = 0
  let branch = root
  for (const step of steps.slice(0, -1)) {
    let following = branch.get(step)
    if (typeof following !== 'object') {
      following = new Map(following === undefined ? [] : [[END, following]])
      branch.set(step, following)
      branches += 1
    }
    branch = following
  }
  const last = steps.length > 0 ? steps.at(-1) : END
  const known = branch.get(last)
  if (typeof known === 'object') known.set(END, key)
  else branch.set(last, key)
  return branches
}

function weightOf(args: readonly (Simple | Flat)[], key: string): number {
  let weight = ENTRY + key.length
  for (const arg of args) {
    const texts = isSimple(arg) ? [arg] : Object.entries(arg).flat()
    for (const text of texts) if (typeof text === 'string') weight += text.length
  }
  return weight
}
