import { everyPromiseIsKept } from './every-promise.ts'
import { OF_SERVICES } from './index.ts'

everyPromiseIsKept(OF_SERVICES)
