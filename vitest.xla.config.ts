import { defineConfig } from 'vitest/config';

/** Tests that compile for GPUs that are not there, one after the other: `npm run test:xla` sets them up. */
export default defineConfig({
  test: {
    include: ['scripts/gpu/*.ahead.mjs'],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
