import { compileMjml } from '../../src/templates/mjml.ts'
import type { MjmlThreads } from '../../src/templates/mjml-threads.ts'

/** MJML without a thread, for tests of what is above it. */
export const mjmlInline: Pick<MjmlThreads, 'run'> = { run: compileMjml }
