import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

// The workers are files of their own: `new Worker(new URL('./decode-worker.js', import.meta.url))`.
const WORKERS = ['src/decode-worker.ts', 'src/fetch-worker.ts'];

export default defineConfig([
  { ...base, entry: ['src/index.ts', ...WORKERS], platform: 'node' },
  { ...base, entry: ['src/browser.ts'], platform: 'browser', splitting: false },
]);
