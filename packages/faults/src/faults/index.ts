import type { Fault } from '../fault.ts'
import { clock } from './clock.ts'
import { kill } from './kill.ts'
import { syncedBefore } from './sync-order.ts'
import { overload } from './overload.ts'
import { provider } from './provider.ts'
import { terminate } from './terminate.ts'

/** In the order of the catalogue. */
export const FAULTS: readonly Fault[] = [kill, syncedBefore, clock, provider, terminate, overload]
