import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';
import { BUNDLED_NOTICES } from './src/page/bundled-notices.js';

export default defineConfig([
  { ...base, platform: 'node' },
  {
    // The script of the report's page, one file with the plotting library inside: reports need no network.
    entry: { 'report-page': 'src/page/main.ts' },
    format: ['iife'],
    target: 'es2022',
    platform: 'browser',
    noExternal: [/./],
    minify: true,
    clean: false,
    dts: false,
    outExtension: () => ({ js: '.js' }),
    banner: { js: BUNDLED_NOTICES },
  },
]);
