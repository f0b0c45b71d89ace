import type { Clock } from '../clock.ts'

interface Waiter {
  begin(): void
}

/** Whose turn it is, per key, within this process: in the order of asking, nobody is overtaken. */
export class Turns {
  /** A key is here while someone has its turn; the list is who comes after. */
  readonly #waiting = new Map<string, Waiter[]>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves to false when the turn did not come within `waitMs`; rejects with the signal's reason when it aborts. */
  async take(key: string, waitMs: number, signal?: AbortSignal): Promise<boolean> {
    const queue = this.#waiting.get(key)
    if (!queue) {
      this.#waiting.set(key, [])
      return true
    }
    if (waitMs <= 0) return false
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancelTimer()
        signal?.removeEventListener('abort', abort)
        const place = queue.indexOf(waiter)
        if (place >= 0) queue.splice(place, 1)
      }
      const end = (mine: boolean) => {
        leave()
        resolve(mine)
      }
      const abort = () => {
        leave()
        reject(signal?.reason as Error)
      }
      const waiter: Waiter = { begin: () => end(true) }
      const cancelTimer = this.#clock.after(waitMs, () => end(false))
      signal?.addEventListener('abort', abort)
      queue.push(waiter)
    })
  }

  /** Hands the turn on. */
  pass(key: string): void {
    const next = this.#waiting.get(key)?.[0]
    if (next) next.begin()
    else this.#waiting.delete(key)
  }
}
