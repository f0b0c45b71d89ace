import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          // A bound for what hangs, not a measure: stories open stores and processes, and CI machines are busy.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: [
            'packages/{contracts,engine,channels,bff,demo,faults}/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
        },
      },
      './packages/dashboard/vite.config.ts',
    ],
  },
})
