/** What a rendering thread runs. */
import { serveTasks } from '../workers/serve-tasks.ts'
import { renderBatch } from './render-batch.ts'

serveTasks(renderBatch)
