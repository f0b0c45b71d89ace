import { everyPromiseIsKept } from './every-promise.ts'
import { ON_POSTGRES } from './index.ts'

everyPromiseIsKept(ON_POSTGRES)
