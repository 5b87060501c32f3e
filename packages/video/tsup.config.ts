import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

// The workers are files of their own: `new Worker(new URL('./decode-worker.js', import.meta.url))`.
export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/decode-worker.ts', 'src/fetch-worker.ts'],
  platform: 'node',
});
