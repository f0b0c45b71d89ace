import type { RenderThreads } from '../../src/templates/render-many.ts'
import { renderBatch } from '../../src/templates/render-batch.ts'

/** Rendering without a thread, for tests of what is above it. */
export const renderInline: RenderThreads = {
  run: async (batch) => renderBatch(batch),
  figures: () => {
    throw new Error('expected nobody to ask')
  },
  close: async () => undefined,
}
