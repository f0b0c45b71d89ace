/** The content of files as one hash, to know whether something must be built again. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

const NOT_INPUTS = new Set(['node_modules', 'dist', 'coverage'])

/** Files and folders by path and content, in a fixed order; a path that does not exist counts as nothing. Tests do not count. */
export function hashOf(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of filesUnder(join(root, path))) {
      hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
    }
  }
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.isFile()) return path.endsWith('.test.ts') ? [] : [path]
  return readdirSync(path)
    .filter((name) => !NOT_INPUTS.has(name))
    .toSorted()
    .flatMap((name) => filesUnder(join(path, name)))
}
