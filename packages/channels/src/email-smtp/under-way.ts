/**
 * The sends under way at each service. A send ends early when its delivery is abandoned, when its deadline passes, or
 * when the service is closed; it hears of all three through one signal.
 */
export interface UnderWay {
  /** Runs `send` with that signal. `msLeft` is the time until the deadline. */
  run<T>(
    serviceId: number,
    abandoned: AbortSignal,
    msLeft: number,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>
  /** Ends what is under way at that service and resolves when it has ended. Later sends start afresh. */
  close(serviceId: number): Promise<void>
}

interface Send {
  controller: AbortController
  ended: Promise<unknown>
}

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export function createUnderWay(): UnderWay {
  const services = new Map<number, Set<Send>>()
  return {
    async run(serviceId, abandoned, msLeft, send) {
      const controller = new AbortController()
      const abandon = () => controller.abort(abandoned.reason)
      if (abandoned.aborted) abandon()
      abandoned.addEventListener('abort', abandon, { once: true })
      const deadline = setTimeout(
        () => controller.abort(new Error('The deadline passed')),
        Math.min(Math.max(0, msLeft), LONGEST_TIMER_MS),
      )

      const result = send(controller.signal)
      const entry: Send = { controller, ended: result.catch(() => undefined) }
      const sends = services.get(serviceId) ?? new Set()
      services.set(serviceId, sends.add(entry))
      try {
        return await result
      } finally {
        clearTimeout(deadline)
        abandoned.removeEventListener('abort', abandon)
        sends.delete(entry)
      }
    },
    async close(serviceId) {
      const sends = services.get(serviceId) ?? new Set()
      services.delete(serviceId)
      for (const { controller } of sends) controller.abort(new Error('The service was closed'))
      await Promise.all([...sends].map(({ ended }) => ended))
    },
  }
}
