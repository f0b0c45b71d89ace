import { exerciseDriver } from './driver.ts'
import { DRIVERS } from './drivers.ts'

exerciseDriver('distributed', DRIVERS.distributed)
