/**
 * A mailbox in the Maildir format: the mail server puts each mail into `new/` whole, under a name of its own. A mail goes on
 * to `cur/`, marked as seen, when what it says is on disk here; a crash in between has it read a second time.
 */
import { constants } from 'node:fs'
import { open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { READ_AT_MOST_BYTES } from './read-report.ts'

/** Of one look: a mailbox that filled up over a week-end is emptied in several. */
const AT_ONCE = 100

/**
 * Hands each new mail to `take`, the oldest first, and moves it on when that has settled. The first failure of `take` ends
 * the look; a mail that cannot be read is left where it is and reported when the others are done.
 */
export async function eachNewMail(folder: string, take: (mail: Uint8Array) => Promise<void>): Promise<void> {
  const names = (await readdir(join(folder, 'new'))).filter((name) => !name.startsWith('.')).toSorted()
  let unreadable: unknown = null
  for (const name of names.slice(0, AT_ONCE)) {
    const file = join(folder, 'new', name)
    let mail: Uint8Array
    try {
      mail = await readBegin(file)
    } catch (error) {
      unreadable ??= error
      continue
    }
    await take(mail)
    await rename(file, join(folder, 'cur', `${name}:2,S`))
  }
  if (unreadable !== null) throw unreadable as Error
}

async function readBegin(file: string): Promise<Uint8Array> {
  // A link could lead anywhere; mail servers make none.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`expected ${file} to be a mail, got something else`)
    const buffer = Buffer.alloc(READ_AT_MOST_BYTES)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length)
    }
  } finally {
    await handle.close()
  }
}
