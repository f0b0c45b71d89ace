/** A log whose lines are on disk before whoever wrote them goes on: what it says happened survives any crash. */
import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

export interface SyncedLog<Line> {
  /** Resolves when the line is synced. Lines that come while a sync is under way share the next one. */
  write(line: Line): Promise<void>
  close(): Promise<void>
}

export async function openLog<Line extends object>(path: string): Promise<SyncedLog<Line>> {
  const file = await open(path, 'a')
  let waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = []
  let flushing: Promise<void> | null = null

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await file.appendFile(batch.map(({ text }) => text).join(''))
        await file.datasync()
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    flushing = null
  }

  return {
    write: (line) =>
      new Promise((done, failed) => {
        waiting.push({ text: `${JSON.stringify(line)}\n`, done, failed })
        flushing ??= flush()
      }),
    async close() {
      await flushing
      await file.close()
    },
  }
}

/** Every whole line; a torn one at the end was never acted upon. */
export function readLog<Line>(path: string): Line[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Line)
}
