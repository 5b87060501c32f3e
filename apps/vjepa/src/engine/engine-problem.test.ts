import { rmSync } from 'node:fs';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, expect, it, vi } from 'vitest';
import { openEngine } from './engine.js';

afterEach(() => void vi.unstubAllEnvs());

it('names the command that installs the plug-in that is missing', async () => {
  const empty = temporaryFolder('no-plugin');
  vi.stubEnv('VJEPA_CACHE', empty);
  vi.stubEnv('VJEPA_XLA_PLUGIN', undefined);
  await expect(openEngine({ backend: 'xla', device: 'cpu' })).rejects.toThrow(
    /^--backend xla: no plug-in of XLA for CPUs was found: vjepa runtime install --xla cpu fetches one, and VJEPA_XLA_PLUGIN may name one$/,
  );
  rmSync(empty, { recursive: true });
});
