import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { darkAndBright, videoConfig } from './evaluation.fixture.js';

// A process of the built command line, because it is stopped.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

it('an evaluation that is stopped prints the command that goes on with it', async () => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: build the package before its tests (pnpm build)`);
  const data = await darkAndBright({ train: 2, val: 2 });
  const run = join(temporaryFolder('stopped'), 'run');
  const set = ['--set', 'optimization.num_epochs=100000', '--set', 'augment=false'];
  const args = [
    '--output',
    run,
    '--cache',
    join(data.folder, 'cache'),
    '--config',
    videoConfig(data.folder, data),
    ...set,
  ];
  const child = spawn(process.execPath, [cli, 'evaluate', '--backend', 'wasm', ...args, '--overwrite'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  let asked = false;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
    // A second signal would end it at once.
    if (asked || !/^epoch 2\//m.test(stderr)) return;
    asked = true;
    child.kill('SIGINT');
  });
  expect(await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))).toBe(130);
  expect(stderr).toMatch(/SIGINT: stopped; go on with: .*vjepa.* evaluate --backend wasm --output .* --resume$/m);
  expect(stderr).not.toContain('--overwrite');
}, 60_000);
