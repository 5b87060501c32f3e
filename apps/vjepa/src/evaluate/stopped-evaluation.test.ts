import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa } from '../commands/vjepa-process.fixture.js';
import { darkAndBright, fineTuningConfig, videoConfig } from './evaluation.fixture.js';

// Processes of the built command line, because they are stopped.
let data: Awaited<ReturnType<typeof darkAndBright>>;
let config: string;
let features: string;
beforeAll(async () => {
  requireBuild();
  data = await darkAndBright({ train: 2, val: 2 });
  config = videoConfig(data.folder, data);
  features = join(data.folder, 'features');
});

/** An evaluation that would go on for days; it is told to stop when it has said something. */
function stopped(signal: NodeJS.Signals, said: RegExp, ...more: string[]) {
  const args = ['evaluate', '--backend', 'wasm', '--config', config, ...more];
  return stoppedWhen(said, signal, startVjepa(args, ['optimization.num_epochs=100000', 'augment=false']));
}

/** Sends a signal once something was said; how the process ended. */
function stoppedWhen(said: RegExp, signal: NodeJS.Signals, child: ChildProcess) {
  let stderr = '';
  let asked = false;
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk;
    // A second signal would end it at once.
    if (asked || !said.test(stderr)) return;
    asked = true;
    child.kill(signal);
  });
  return ended(child);
}

describe('an evaluation that is told to stop', () => {
  it.each([
    ['SIGINT', 130, 'with cached features'],
    ['SIGTERM', 143, 'without a cache'],
  ] as const)(
    'by %s saves, prints the command that goes on with it and ends with %i, %s',
    async (signal, code, how) => {
      const run = join(temporaryFolder('stopped'), 'run');
      const cache = how === 'without a cache' ? [] : ['--cache', features];
      const first = await stopped(signal, /^epoch 2\//m, '--output', run, ...cache, '--overwrite');
      expect(first.code, first.stderr).toBe(code);
      expect(first.stderr).toMatch(
        new RegExp(`${signal}: stopped; go on with: .*vjepa.* evaluate --backend wasm .* --output .* --resume$`, 'm'),
      );
      expect(first.stderr).not.toContain('--overwrite');
      expect(existsSync(join(run, 'training-state.safetensors'))).toBe(true);
      expect(existsSync(join(run, 'results.json'))).toBe(false);

      const second = await stopped(signal, /^resuming after epoch \d/m, '--output', run, ...cache, '--resume');
      expect(second.code, second.stderr).toBe(code);
    },
    120_000,
  );
});

it('a fine-tuning that is told to stop does so too, and goes on', async () => {
  const run = join(temporaryFolder('stopped'), 'run');
  const start = (...more: string[]) => {
    const args = ['finetune', '--backend', 'wasm', '--config', fineTuningConfig(data), '--output', run, ...more];
    return startVjepa(args, ['optimization.num_epochs=100000', 'optimization.batch_size=2']);
  };
  const first = await stoppedWhen(/^epoch 2\//m, 'SIGTERM', start('--overwrite'));
  expect(first.code, first.stderr).toBe(143);
  expect(first.stderr).toMatch(/^SIGTERM: stopped; go on with: .*vjepa.* finetune --backend wasm .* --resume$/m);
  expect(existsSync(join(run, 'training-state.safetensors'))).toBe(true);
  expect(existsSync(join(run, 'results.json'))).toBe(false);

  const second = await stoppedWhen(/^resuming after epoch \d/m, 'SIGINT', start('--resume'));
  expect(second.code, second.stderr).toBe(130);
}, 120_000);
