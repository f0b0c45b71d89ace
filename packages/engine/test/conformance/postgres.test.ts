import { exerciseDriver } from './driver.ts'
import { DRIVERS } from './drivers.ts'

exerciseDriver('postgres', DRIVERS.postgres)
