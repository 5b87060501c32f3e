import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

// The worker and the keeper of a started process are files of their own.
const PROGRAMS = ['src/hosts-worker.ts', 'src/host-keeper.ts'];

export default defineConfig({ ...base, entry: ['src/index.ts', ...PROGRAMS], platform: 'node' });
