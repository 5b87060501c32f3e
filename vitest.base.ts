import { defineConfig } from 'vitest/config';
import { useTemporaryFolder } from './vitest.temporary-folder.js';

useTemporaryFolder();

/** Packages resolve each other's sources, so a test never needs a build of its neighbours. */
const conditions = ['@vjepa/source', 'node', 'import', 'module', 'default'];

export const base = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, pool: 'forks', maxWorkers: 2 },
});
