import type { Results } from './results.js'

export function writeCharts(_results: Results): void {}
