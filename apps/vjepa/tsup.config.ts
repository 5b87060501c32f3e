import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';

export default defineConfig({
  ...base,
  entry: ['src/index.ts', 'src/cli.ts'],
  platform: 'node',
  // The repository's configs come along: `--config configs/pretrain/smoke.yaml` works wherever vjepa is installed.
  onSuccess: async () => cpSync('../../configs', 'dist/configs', { recursive: true }),
});
