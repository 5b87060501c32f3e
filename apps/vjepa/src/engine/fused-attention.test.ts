import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { runVjepa, SMALL_MODEL } from '../run-vjepa.fixture.js';

it.each(['pretrain', 'evaluate', 'finetune', 'features'])('%s has --fused-attention', async (command) => {
  const { stdout } = await runVjepa(command, '--help');
  expect(stdout).toMatch(/--fused-attention +attention through cuDNN/);
  expect(stdout).toMatch(/--no-fused-attention +attention of ordinary products/);
});

it('is an error where it cannot be had, before anything is computed', async () => {
  const video = join(temporaryFolder('fused'), 'a.mp4');
  writeFileSync(video, 'never decoded');
  const { code, stderr } = await runVjepa(
    ...['features', '--checkpoint', fixture('probe-small/encoder.pth.tar'), ...SMALL_MODEL, '--input', video],
    ...['--output', `${video}.npy`, '--backend', 'wasm', '--fused-attention'],
  );
  expect(code).toBe(1);
  expect(stderr).toContain('--fused-attention wants compiled steps in bfloat16, on one GPU by TensorFlow');
});
