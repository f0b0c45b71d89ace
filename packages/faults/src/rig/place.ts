/** Where a run's messages are, as another process can be told. */
import type { EngineOptions } from '@signalbox/engine'
import { distributed } from '@signalbox/engine/distributed'
import { embedded } from '@signalbox/engine/embedded'
import { postgres } from '@signalbox/engine/postgres'

export type Place =
  | { kind: 'folder'; folder: string }
  | { kind: 'postgres'; url: string }
  | { kind: 'distributed'; databaseUrl: string; amqpUrl: string; redisUrl: string }

export function driverAt(place: Place): EngineOptions['driver'] {
  switch (place.kind) {
    case 'folder':
      return embedded({ folder: place.folder })
    case 'postgres':
      return postgres({ url: place.url })
    case 'distributed':
      return distributed(place)
  }
}
