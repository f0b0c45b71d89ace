import { exerciseDriver } from './driver.ts'
import { DRIVERS } from './drivers.ts'

exerciseDriver('embedded', DRIVERS.embedded)
