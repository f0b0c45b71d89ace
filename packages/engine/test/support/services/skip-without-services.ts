import { beforeEach } from 'vitest'
import { missing, SERVICES } from './provide.ts'

const problem = missing(SERVICES)
beforeEach(({ skip }) => skip(problem !== null, problem ?? ''))
