/** Whether two tables hold the same rows, in whatever order they are read. */
import { createHash } from 'node:crypto'

/** A value as both sides write it: bytes are hex, JSON is its text. */
export type Value = string | number | boolean | null
export type Row = readonly Value[]

export interface RowDigest {
  readonly rows: number
  add(row: Row): void
  /** Equal for equal rows, each as often. */
  readonly sum: string
}

/** The sum of the rows' hashes, word by word: it does not ask for their order, and a row that is there twice counts twice. */
export function rowDigest(): RowDigest {
  const words = new Uint32Array(8)
  let rows = 0
  return {
    get rows() {
      return rows
    },
    add(row) {
      rows++
      const hash = createHash('sha256').update(JSON.stringify(row)).digest()
      for (const i of words.keys()) words[i] = (words[i] as number) + hash.readUInt32LE(i * 4)
    },
    get sum() {
      return Buffer.from(words.buffer).toString('hex')
    },
  }
}
