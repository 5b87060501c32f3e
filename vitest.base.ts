import { defineConfig } from 'vitest/config';
import { useTemporaryFolder } from './vitest.temporary-folder.js';

useTemporaryFolder();

/** Packages resolve each other's sources, so a test never needs a build of its neighbours. */
const CONDITIONS = ['@vjepa/source', 'node', 'import', 'module', 'default'];

/**
 * A limit is for what hangs, not for what is slow: on a processor core shared with other work tests took ten times as long
 * as alone, the slowest without a limit of their own 70 s.
 */
const LIMITS = { testTimeout: 180_000, hookTimeout: 180_000 };

export const base = defineConfig({
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: { include: ['src/**/*.test.ts'], ...LIMITS, pool: 'forks', maxWorkers: 2 },
});
