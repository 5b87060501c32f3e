import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

export default defineConfig([
  { ...base, platform: 'node' },
  { ...base, entry: ['src/browser.ts'], platform: 'browser', splitting: false },
]);
