/**
 * Callers of one commit, answered some at a time: between them the server's answers are read and it is asked for more, so that it
 * and this thread work at once instead of one after the other.
 */
export interface Turns {
  /** Calls them in their order: the first now, unless others wait before them. */
  add(all: readonly (() => void)[]): void
  /** When all of them were called. */
  done(): Promise<void>
}

/** Enough of what they do next to be worth a turn, little enough not to keep the server waiting for it. */
const AT_ONCE = 32

export function createTurns(): Turns {
  let waiting: (() => void)[] = []
  let from = 0
  let emptied: (() => void)[] = []

  function turn(): void {
    const to = Math.min(from + AT_ONCE, waiting.length)
    while (from < to) waiting[from++]?.()
    if (from < waiting.length) return void setImmediate(turn)
    waiting = []
    from = 0
    for (const tell of emptied) tell()
    emptied = []
  }

  return {
    add(all) {
      const isIdle = waiting.length === 0
      for (const each of all) waiting.push(each)
      if (isIdle) turn()
    },
    async done() {
      if (waiting.length > 0) await new Promise<void>((resolve) => emptied.push(resolve))
    },
  }
}
