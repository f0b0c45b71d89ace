import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['packages/{contracts,engine,channels,bff,demo}/**/*.test.ts', 'scripts/**/*.test.ts'],
        },
      },
      './packages/dashboard/vite.config.ts',
    ],
  },
})
