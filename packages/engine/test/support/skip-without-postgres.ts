import { beforeEach } from 'vitest'
import { noDatabase } from './postgres-server.ts'

beforeEach(({ skip }) => skip(noDatabase() !== null, noDatabase() ?? ''))
