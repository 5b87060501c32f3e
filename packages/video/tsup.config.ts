import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

// The worker is a file of its own: `new Worker(new URL('./decode-worker.js', import.meta.url))`.
export default defineConfig({ ...base, entry: ['src/index.ts', 'src/decode-worker.ts'], platform: 'node' });
