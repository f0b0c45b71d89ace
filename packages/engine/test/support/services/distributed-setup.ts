/** Once per run of the tests over several nodes. */
import { SERVICES, setUp } from './provide.ts'

export const setup = (): Promise<() => Promise<void>> => setUp(SERVICES)
