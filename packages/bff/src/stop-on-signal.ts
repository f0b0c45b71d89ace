/** How a program of ours ends: cleanly on the first signal, at once on the second. */

/** A package manager passes a Ctrl-C on to a process that has had it from the terminal already. */
const SAME_SIGNAL_MS = 1000

/** @param close resolves when everything is settled; a rejection goes to `fail`, which ends the process */
export function stopOnSignal(close: () => Promise<void>, fail: (error: unknown) => void): void {
  let since: number | null = null
  const stop = (signal: NodeJS.Signals): void => {
    if (since !== null) {
      if (performance.now() - since > SAME_SIGNAL_MS) process.exit(1)
      return
    }
    since = performance.now()
    console.log(`${signal}: finishing what is under way; once more ends at once.`)
    close().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}
