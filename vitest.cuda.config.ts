import { defineConfig } from 'vitest/config';
import { base } from './vitest.base.js';

/** Tests that want TensorFlow's CUDA build and the driver without a GPU: `npm run test:cuda` sets both up. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['apps/*/src/**/*.cuda.ts', 'packages/*/src/**/*.cuda.ts'], testTimeout: 600_000 },
});
