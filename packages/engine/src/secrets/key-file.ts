/** A master key in a file of its own, which only its owner may read. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { MASTER_KEY_BYTES, MasterKeyError, parseMasterKey, type KeySource } from './master-key.ts'

const OTHERS = 0o077

export interface KeyFileOptions {
  /** False: the file must be there. Default: it is made when it is first needed. */
  mayCreate?: boolean
  /** Something about the file that its owner should hear. */
  onNotice?: (level: 'info' | 'warn', message: string) => void
}

/** While the key is changed, `<path>.next` holds the one to change to. */
export function keyFile(
  path: string,
  { mayCreate = true, onNotice = () => undefined }: KeyFileOptions = {},
): KeySource {
  const next = `${path}.next`
  const where = `the file ${path}`

  function readOne(file: string): Buffer | null {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw new MasterKeyError(`expected to read the master key in ${file}, got ${(error as Error).message}`, {
        cause: error,
      })
    }
    const mode = statSync(file).mode & 0o777
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      onNotice('warn', `the master key in ${file} is open to others (mode ${mode.toString(8)}): chmod 600 ${file}`)
    }
    return parseMasterKey(text, `the content of ${file}`)
  }

  return {
    where,
    read() {
      const [current, following] = [readOne(path), readOne(next)]
      if (current === null && !mayCreate)
        throw new MasterKeyError(`expected the master key in ${path}, got no such file`)
      return [current, following].filter((key) => key !== null)
    },
    create() {
      const key = randomBytes(MASTER_KEY_BYTES)
      write(path, key)
      onNotice(
        'info',
        `made the master key ${path}: keep a copy apart from the data. Without it the secrets in a backup of the data cannot be read`,
      )
      return key
    },
    settle(key) {
      if (readOne(next)?.equals(key)) {
        renameSync(next, path)
        syncFolder(path)
      } else {
        rmSync(next, { force: true })
      }
    },
    next() {
      const key = randomBytes(MASTER_KEY_BYTES)
      write(next, key)
      return key
    },
  }
}

/** Whole or not at all: a file of half a key would lock its owner out. */
function write(path: string, key: Buffer): void {
  // With the database elsewhere nobody else makes the folder.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  rmSync(part, { force: true })
  const file = openSync(part, 'wx', 0o600)
  try {
    writeSync(file, `${key.toString('base64')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(part, path)
  syncFolder(path)
}

function syncFolder(path: string): void {
  // Windows has no such thing as a folder to be synced.
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
