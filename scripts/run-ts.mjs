/**
 * Runs a TypeScript file and what it imports: `node scripts/run-ts.mjs [--exit] <file> [args]`.
 * With `--exit` the process ends when the file's top level has, whatever connections it left open.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import './typescript.mjs'

const [node, , ...words] = process.argv
const exit = words[0] === '--exit'
const [file, ...args] = exit ? words.slice(1) : words
if (!file) throw new Error('usage: node scripts/run-ts.mjs [--exit] <file> [args]')

const path = resolve(file)
process.argv = [node, path, ...args]
await import(pathToFileURL(path).href)

// The pause lets a rejection that nobody awaits fail the process first.
if (exit) setTimeout(() => process.exit(), 20)
