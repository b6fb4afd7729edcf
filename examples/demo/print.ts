/** What the demo prints: code on the left, what came of it on the right. */
import { inspect } from 'node:util'

const colored = process.stdout.isTTY === true && !process.env.NO_COLOR
const style = (open: number, close: number) => (text: string) =>
  colored ? `\u001b[${open}m${text}\u001b[${close}m` : text
const bold = style(1, 22)
const dim = style(2, 22)
const green = style(32, 39)
const yellow = style(33, 39)

const LINE_WIDTH = 100
const CODE_WIDTH = 29
const TIME_WIDTH = 9
/** What takes longer has asked the slow server. */
const SLOW = 100

export function title(name: string, about: string): void {
  console.log(`\n${bold(name)}  ${about}\n`)
}

let steps = 0

export function heading(text: string): void {
  steps += 1
  console.log(`\n${bold(`${steps}  ${text}`)}`)
}

export function note(text: string): void {
  console.log(`   ${dim(text)}`)
}

/** The code, how many milliseconds it took (where that matters), and its value; below the code if it is long. */
export function result(code: string, value: unknown, duration?: number): void {
  const text = typeof value === 'string' ? value : inspect(value, { breakLength: Infinity })
  const line = `   ${code.padEnd(CODE_WIDTH)}${timeText(duration)}  `
  const fits = 3 + CODE_WIDTH + TIME_WIDTH + 2 + text.length <= LINE_WIDTH
  console.log(fits ? line + text : `${line.trimEnd()}\n     ${text}`)
}

function timeText(duration: number | undefined): string {
  if (duration === undefined) return ''.padStart(TIME_WIDTH)
  const text = `${duration.toFixed(1)} ms`.padStart(TIME_WIDTH)
  return duration < SLOW ? green(text) : yellow(text)
}
