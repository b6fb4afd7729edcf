/** The long torture of many processes: `npm run torture -- --seed 42 --operations 200000`. Fails when a promise is broken. */
import { ensureServers } from './ensure-servers.mjs'
import './typescript.mjs'

try {
  ensureServers()
  const { main } = await import('../spec/torture/main.ts')
  process.exit((await main(process.argv.slice(2))) ? 0 : 1)
} catch (error) {
  console.error(error)
  process.exit(1)
}
