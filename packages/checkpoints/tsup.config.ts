import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

// What both entries need is in a file that they share; only `index.js` has anything of Node's.
export default defineConfig({ ...base, entry: ['src/index.ts', 'src/browser.ts'], platform: 'node' });
