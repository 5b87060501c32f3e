import { defineConfig } from 'vitest/config';

// Tests sit beside sources and run on source: packages resolve each other through the `@vjepa/source` condition.
const CONDITIONS = ['@vjepa/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: {
    projects: [
      'packages/*',
      'apps/*',
      {
        test: {
          name: 'scripts',
          include: ['scripts/**/*.test.mjs'],
          testTimeout: 180_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
    ],
  },
});
