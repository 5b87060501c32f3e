import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import { base } from '../../vitest.base.js';

// Tests keep packet indexes in a folder of their own, so that what they check is never an earlier run's.
export default mergeConfig(
  base,
  defineConfig({ test: { env: { VJEPA_CACHE: mkdtempSync(join(tmpdir(), 'vjepa-video-cache-')) } } }),
);
