/** Ends the shared servers. */
export default async function teardown() {
  await Promise.all(globalThis.ringcacheServers.map((server) => server.stop()))
}
