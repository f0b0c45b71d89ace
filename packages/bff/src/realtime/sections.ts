/**
 * The sections of the wall as they stand, each with the number of the tick that last changed it. What changed after any
 * number follows from that, without keeping ticks.
 */
export interface Sections<S extends object> {
  /** Takes over the sections as they stand at `seq`. */
  update(seq: number, sections: S): void
  /** Those that changed after `seq`. */
  since(seq: number): Partial<S>
}

export function createSections<S extends object>(): Sections<S> {
  const kept = new Map<string, { text: string; seq: number; section: unknown }>()
  return {
    update(seq, sections) {
      for (const [name, section] of Object.entries(sections)) {
        const text = JSON.stringify(section)
        if (kept.get(name)?.text !== text) kept.set(name, { text, seq, section })
      }
    },
    since(seq) {
      const changed = [...kept].filter(([, each]) => each.seq > seq).map(([name, { section }]) => [name, section])
      return Object.fromEntries(changed) as Partial<S>
    },
  }
}
