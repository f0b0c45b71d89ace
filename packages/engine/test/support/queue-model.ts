import type { FairWindow } from '../../src/queue/fair-window.ts'
import type { Entry, LaneSize } from '../../src/queue/store.ts'

/** A turn of one. */
export function takeOne(window: FairWindow): Entry | null {
  return window.take(1)[0] ?? null
}

/** What is ready in a store, in memory, whose answers to `load` come when the test lets them. */
export class QueueModel {
  readonly #ids = new Map<string, { at: Omit<LaneSize, 'count'>; ids: number[] }>()
  /** Accepted, and in nobody's memory but the window's. */
  readonly residents = new Map<number, Entry>()
  #answers: (() => void)[] = []
  /** Ids handed to the window so far. */
  loaded = 0

  /** Takes what stands there at the time of the call; answers later. */
  load(lane: Omit<LaneSize, 'count'>, after: number, limit: number): Promise<number[]> {
    const ids = (this.#ids.get(keyOf(lane))?.ids ?? []).filter((id) => id > after).slice(0, limit)
    this.loaded += ids.length
    return new Promise((resolve) => this.#answers.push(() => resolve(ids)))
  }

  add(entry: Entry): void {
    const { queue, priority, lane, id } = entry
    const stored = this.#ids.get(keyOf(entry)) ?? { at: { queue, priority, lane }, ids: [] }
    this.#ids.set(keyOf(entry), stored)
    const place = stored.ids.findIndex((each) => each > id)
    stored.ids.splice(place < 0 ? stored.ids.length : place, 0, id)
  }

  writeDown(entries: readonly Entry[]): void {
    for (const entry of entries) if (this.residents.delete(entry.id)) this.add(entry)
  }

  /** False when it had gone already. */
  remove(entry: Entry): boolean {
    if (this.residents.delete(entry.id)) return true
    const ids = this.#ids.get(keyOf(entry))?.ids ?? []
    const place = ids.indexOf(entry.id)
    if (place >= 0) ids.splice(place, 1)
    return place >= 0
  }

  /** Lets go of up to `limit` behind `after`, the newest first. */
  giveUp(lane: Omit<LaneSize, 'count'>, after: number, limit: number): Entry[] {
    const given = this.ids(lane)
      .filter((id) => id > after)
      .slice(-limit)
      .map((id): Entry => ({ queue: lane.queue, priority: lane.priority, lane: lane.lane, id }))
    for (const each of given) this.remove(each)
    return given
  }

  lanes(): LaneSize[] {
    return [...this.#ids.values()].map(({ at, ids }) => ({ ...at, count: ids.length })).filter(({ count }) => count > 0)
  }

  ids(lane: Omit<LaneSize, 'count'>): readonly number[] {
    return this.#ids.get(keyOf(lane))?.ids ?? []
  }

  /** Lets every answer arrive, also to what is asked for on the way. */
  async settle(): Promise<void> {
    while (this.#answers.length > 0) await this.settleOnce()
  }

  /** Lets the answers to what has been asked so far arrive, not those to what is asked for on the way. */
  async settleOnce(): Promise<void> {
    const answers = this.#answers
    this.#answers = []
    for (const answer of answers) answer()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

function keyOf({ queue, priority, lane }: Omit<LaneSize, 'count'>): string {
  return `${queue} ${priority} ${lane}`
}
