/** A process that changes the master key of a data folder and is killed at a point of it. */
import { join } from 'node:path'
import { embedded } from '../../src/drivers/embedded.ts'
import { rotateKey } from '../../src/secrets/commands.ts'
import { keyFile } from '../../src/secrets/key-file.ts'
import type { KeySource } from '../../src/secrets/master-key.ts'

const [folder = '', point] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')
const file = keyFile(join(folder, 'master.key'))
let settled = 0
const keys: KeySource = {
  ...file,
  next() {
    if (point === 'before the next key') die()
    const key = file.next()
    if (point === 'after the next key') die()
    // So many ms later: while everything is sealed anew, written, or done.
    if (!Number.isNaN(Number(point))) setTimeout(die, Number(point))
    return key
  },
  settle(key) {
    // The first time is the opening under the old key.
    if (settled++ > 0 && point === 'after the commit') die()
    file.settle(key)
  },
}
await rotateKey(embedded({ folder }), keys)
