import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const HEADER = 32
const FRAME_HEADER = 24

/**
 * Transactions in the write-ahead log of that folder's database: a frame whose header tells the size of the database ends
 * one. See "The WAL file format", https://www.sqlite.org/fileformat2.html#walformat.
 */
export function committedIn(folder: string): number {
  const wal = readFileSync(join(folder, 'signalbox.db-wal'))
  if (wal.length < HEADER) return 0
  const frameBytes = FRAME_HEADER + wal.readUInt32BE(8)
  const salt = wal.readBigUInt64BE(16)
  let commits = 0
  for (let at = HEADER; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.readBigUInt64BE(at + 8) !== salt) break
    if (wal.readUInt32BE(at + 4) !== 0) commits += 1
  }
  return commits
}
