import { everyPromiseIsKept } from './every-promise.ts'
import { OF_NODES } from './index.ts'

everyPromiseIsKept(OF_NODES)
