/**
 * Rewrites the pictures in `e2e/looks/` with 64 colours each: a third of the bytes in the repository, and for a
 * comparison that passes small differences of a shade the same pictures. `node scripts/shrink-looks.ts`
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shrinkPng } from './png.ts'
import { ROOT } from './run.ts'

const FOLDER = join(ROOT, 'e2e/looks')
const COLOURS = 64

let before = 0
let after = 0
for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.png'))) {
  const file = join(FOLDER, name)
  const given = readFileSync(file)
  const shrunk = shrinkPng(given, COLOURS)
  before += given.length
  after += Math.min(given.length, shrunk.length)
  if (shrunk.length < given.length) writeFileSync(file, shrunk)
}
console.log(`${FOLDER}: ${Math.round(before / 1024)} KiB before, ${Math.round(after / 1024)} KiB after`)
