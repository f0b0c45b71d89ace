import { describe } from 'vitest'
import { noDatabase } from '../support/postgres-server.ts'
import { exerciseDriver } from './driver.ts'
import { DRIVERS } from './drivers.ts'

describe.skipIf(noDatabase())('on PostgreSQL', () => {
  exerciseDriver('postgres', DRIVERS.postgres)
})
