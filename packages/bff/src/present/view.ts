import type { Engine } from '@signalbox/engine'
import { createInstant, type Instant } from './instant.ts'
import { createNames, type Names } from './names.ts'

/** What turning an engine's record (camelCase, epoch ms, ids) into a reply needs beside the record. */
export interface View {
  instant: Instant
  names: Names
}

export async function createView(engine: Engine): Promise<View> {
  return { instant: createInstant(() => engine.settings.values.timeZone), names: await createNames(engine) }
}
