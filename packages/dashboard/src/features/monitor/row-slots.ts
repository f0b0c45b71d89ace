/**
 * Which row of the page shows which message. A message keeps its row as long as it is shown; a row whose message has left
 * is given to one that arrived. So a second in which all 50 change writes new words into 50 rows, and makes and throws away
 * none: that was most of the page's work, and its rubbish.
 */
export interface RowSlots {
  /** A slot for each id, in their order; none twice. */
  assign(ids: readonly number[]): number[]
}

export function createRowSlots(): RowSlots {
  let before: { id: number; slot: number }[] = []
  /** Of rows that went without another in their place. */
  let spare: number[] = []
  let made = 0
  return {
    assign(ids) {
      const wanted = new Set(ids)
      const kept = new Map(before.filter(({ id }) => wanted.has(id)).map(({ id, slot }) => [id, slot]))
      // In the order they stand in: then those that arrive on top of each other move no row.
      const free = [...before.filter(({ id }) => !wanted.has(id)).map(({ slot }) => slot), ...spare]
      before = ids.map((id) => ({ id, slot: kept.get(id) ?? free.shift() ?? made++ }))
      spare = free
      return before.map(({ slot }) => slot)
    },
  }
}
