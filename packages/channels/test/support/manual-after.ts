import type { After } from '../../src/sandbox/timers.ts'

/** Timers that fire only when a test moves time. */
export class ManualAfter {
  now = Date.UTC(2026, 0, 15, 8)
  #timers = new Set<{ at: number; fn: () => void }>()

  readonly after: After = (ms, fn) => {
    const timer = { at: this.now + ms, fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.now = next.at
      next.fn()
    }
    this.now = end
  }
}
