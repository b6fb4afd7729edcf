/**
 * A program that runs one group of faults and prints what came of it as JSON. It has a process of its own, in which
 * whatever is left behind is seen: it ends by itself, or not at all.
 */
import { groupOptions, runGroup } from './group.js'

const [options = ''] = process.argv.slice(2)
process.stdout.write(JSON.stringify(await runGroup(groupOptions(options))))
