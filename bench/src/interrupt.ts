/** Ctrl-C and SIGTERM clean up first, and then end the process in a way that lets what waits for its exit run too. */
export function exitOnSignal(cleanUp: () => Promise<void> = async () => {}): void {
  const end = () => void cleanUp().finally(() => process.exit(1))
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
}
