import { defineConfig } from 'vitest/config'

/** The models of queue, limiter, lock and message states, with as many runs as `src/models/more-runs.ts` says. */
export default defineConfig({
  test: {
    root: '../engine',
    environment: 'node',
    include: [
      'src/queue/fair-window.test.ts',
      'src/limiter/*.test.ts',
      'src/lock/*.property.test.ts',
      'src/messages/recipient-line.test.ts',
      'src/messages/states.test.ts',
      'test/conformance/embedded.test.ts',
    ],
    setupFiles: ['../faults/src/models/more-runs.ts'],
    testTimeout: 1_800_000,
  },
})
