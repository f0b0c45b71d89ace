import { expect, it } from 'vitest'
import { everyPromiseIsKept } from './every-promise.ts'
import { ON_A_FOLDER } from './index.ts'

/** F14 is what the rest of `pnpm test` runs anyway. */
const HERE = ON_A_FOLDER.filter((fault) => fault.name !== 'F14')
/** Those that need no more than Node. */
const ANYWHERE = ['F1', 'F2', 'F3', 'F7', 'F10', 'F11', 'F12']

everyPromiseIsKept(HERE)

it('by faults that, but for a few, need nothing that a machine may lack', () => {
  expect(HERE.filter((fault) => !fault.missing).map(({ name }) => name)).toEqual(ANYWHERE)
})
