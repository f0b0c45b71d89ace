/**
 * Preloaded into a server that is to fail: its store runs with `synchronous=NORMAL`, believes to run with FULL, and
 * acknowledges what is not on disk. A check that cannot see this sees nothing.
 */
import { createRequire } from 'node:module'

interface Database {
  prototype: { pragma(source: string, options?: { simple?: boolean }): unknown }
}

const ofEngine = createRequire(import.meta.resolve('@signalbox/engine/embedded'))
const { prototype } = ofEngine('better-sqlite3') as Database
const { pragma } = prototype
prototype.pragma = function relaxed(source, options) {
  if (source === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL')
  if (source === 'synchronous') return 2
  return pragma.call(this, source, options)
}
