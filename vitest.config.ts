import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes minutes, however small its file: it begins first, so that nothing waits for it alone in the end. */
const LONG = /\/faults\/src\/faults\/|\/conformance\/|two-nodes-changes|moved-folder/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** What needs a PostgreSQL. */
const ON_POSTGRES = [
  'packages/engine/test/conformance/postgres.test.ts',
  'packages/engine/src/drivers/postgres/**/*.test.ts',
  'packages/engine/test/scenarios/two-nodes-*.test.ts',
]

/** What needs a RabbitMQ or a Redis as well. */
const ON_SEVERAL_NODES = [
  'packages/engine/test/conformance/distributed.test.ts',
  'packages/engine/test/nodes/**/*.test.ts',
  'packages/bff/src/{main-several,realtime/several-nodes}.test.ts',
  'packages/engine/src/drivers/{distributed,rabbitmq,redis}/**/*.test.ts',
]

/** Stories of the files in a data folder. */
const OF_A_FOLDER = ['packages/engine/test/scenarios/secrets.test.ts']

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          exclude: [...ON_POSTGRES, ...ON_SEVERAL_NODES, '**/node_modules/**'],
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
          exclude: OF_A_FOLDER,
        },
      },
      {
        test: {
          // PostgreSQL, RabbitMQ and Redis together; skipped, visibly, where one of them is missing.
          name: 'distributed',
          environment: 'node',
          env: { TEST_DRIVER: 'distributed' },
          globalSetup: 'packages/engine/test/support/services/distributed-setup.ts',
          setupFiles: 'packages/engine/test/support/services/skip-without-services.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: [...ON_SEVERAL_NODES, 'packages/engine/test/scenarios/**/*.test.ts'],
          // Those of two nodes open PostgreSQL themselves, whatever the driver.
          exclude: [...OF_A_FOLDER, 'packages/engine/test/scenarios/two-nodes-*.test.ts'],
        },
      },
      './packages/dashboard/vite.config.ts',
    ],
  },
})
