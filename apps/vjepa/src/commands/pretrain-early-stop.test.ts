import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { ended, requireBuild, startVjepa } from './vjepa-process.fixture.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));

it.skipIf(process.platform === 'win32')(
  'a pretraining that waits for its first clips is stopped at once, and says so',
  {
    timeout: 60_000,
  },
  async () => {
    requireBuild();
    const folder = temporaryFolder('early-stop');
    const [film, index, run] = ['film.mp4', 'index.csv', 'run'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    // Nobody ever writes into it.
    execFileSync('mkfifo', [film]);
    writeFileSync(index, `${film} 0\n`);
    const args = ['pretrain', '--config', smoke, '--backend', 'wasm', '--run', run];
    const child = startVjepa(args, [`data.datasets=[${index}]`, 'data.batch_size=1']);
    child.stderr!.on('data', (chunk: Buffer) => {
      if (/^decoder /m.test(String(chunk))) child.kill('SIGTERM');
    });
    const { code, stderr } = await ended(child);
    expect(code, stderr).toBe('SIGTERM');
    expect(stderr).toContain('SIGTERM: stopped; no step was done, and what was there is as it was\n');
    expect(existsSync(run)).toBe(false);
  },
);
