/** Once per run of the PostgreSQL tests. */
import { POSTGRES, setUp } from './services/index.ts'

export const setup = (): Promise<() => Promise<void>> => setUp([POSTGRES])
