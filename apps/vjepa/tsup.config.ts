import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';
import { BUNDLED_NOTICES } from './src/report/page/bundled-notices.js';

export default defineConfig([
  {
    ...base,
    entry: ['src/index.ts', 'src/cli.ts'],
    platform: 'node',
    // The repository's configs come along: `--config configs/pretrain/smoke.yaml` works wherever vjepa is installed.
    onSuccess: async () => cpSync('../../configs', 'dist/configs', { recursive: true }),
  },
  {
    // The script of the report's page, one file with the plotting library inside: reports need no network.
    entry: { 'report-page': 'src/report/page/main.ts' },
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
