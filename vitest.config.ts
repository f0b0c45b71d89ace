import { defineConfig } from 'vitest/config'

/** What needs a PostgreSQL. */
const ON_POSTGRES = [
  'packages/engine/test/conformance/postgres.test.ts',
  'packages/engine/src/drivers/postgres/**/*.test.ts',
]

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
          exclude: [...ON_POSTGRES, '**/node_modules/**'],
        },
      },
      {
        test: {
          // The same conformance suite and the same stories, over PostgreSQL; skipped, visibly, where there is none.
          name: 'postgres',
          environment: 'node',
          env: { TEST_DRIVER: 'postgres' },
          globalSetup: 'packages/engine/test/support/postgres-setup.ts',
          setupFiles: 'packages/engine/test/support/skip-without-postgres.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: [...ON_POSTGRES, 'packages/engine/test/scenarios/**/*.test.ts'],
          // Of the files in a data folder.
          exclude: ['packages/engine/test/scenarios/secrets.test.ts'],
        },
      },
      './packages/dashboard/vite.config.ts',
    ],
  },
})
