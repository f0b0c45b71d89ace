/** What the MJML thread runs. */
import { serveTasks } from '../workers/serve-tasks.ts'
import { compileMjml } from './mjml.ts'

serveTasks(compileMjml)
