import { everyPromiseIsKept } from './every-promise.ts'
import { ON_SERVICES } from './index.ts'

everyPromiseIsKept(ON_SERVICES)
