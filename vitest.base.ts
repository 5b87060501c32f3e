import { defineConfig } from 'vitest/config';
import { useTemporaryFolder } from './vitest.temporary-folder.js';

useTemporaryFolder();

/** Packages resolve each other's sources, so a test never needs a build of its neighbours. */
const CONDITIONS = ['@vjepa/source', 'node', 'import', 'module', 'default'];

export const base = defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, pool: 'forks', maxWorkers: 2 },
});
