import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';

/** Training loss that the version which began the evaluation came to. */
const LOSS = 0.1003291;

/** Runs a command with the config that vjepa 0.1.0 left in a folder, on the same films and weights, wherever they are. */
function run(command: string, earlier: string, output: string, ...more: string[]) {
  const films = fixture('evaluation-0.1/videos.csv');
  const places = [
    `data.dataset_train=${films}`,
    `data.dataset_val=${films}`,
    `pretrain.folder=${fixture('probe-small')}`,
  ];
  const args = ['--config', join(earlier, 'config.yaml'), ...places.flatMap((place) => ['--set', place])];
  return runVjepa(command, ...args, '--backend', 'wasm', '--output', output, ...more);
}

describe('a folder that vjepa 0.1.0 wrote', { timeout: 120_000 }, () => {
  it('goes on as it would have then: an evaluation that was killed', async () => {
    const folder = temporaryFolder('earlier-evaluation');
    const [earlier, whole] = [join(folder, 'earlier'), join(folder, 'whole')];
    cpSync(fixture('evaluation-0.1'), earlier, { recursive: true });
    const resumed = await run('evaluate', earlier, earlier, '--resume');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(/resuming after epoch [12]$/m);
    const uninterrupted = await run('evaluate', earlier, whole);
    expect(uninterrupted.code, uninterrupted.stderr).toBe(0);

    const trainingsOf = (path: string) => JSON.parse(readFileSync(join(path, 'results.json'), 'utf8')).trainings;
    expect(trainingsOf(earlier)).toEqual(trainingsOf(whole));
    expect(trainingsOf(earlier)[0].probes[0].trainLoss).toBeCloseTo(LOSS, 5);
    for (const file of ['jepa_r0.csv', 'training-state.safetensors', 'experiment.json'])
      expect(readFileSync(join(earlier, file)).equals(readFileSync(join(whole, file))), file).toBe(true);
  });

  it('is taken for the same experiment: a fine-tuning', async () => {
    const earlier = join(temporaryFolder('earlier-fine-tuning'), 'earlier');
    cpSync(fixture('fine-tuning-0.1'), earlier, { recursive: true });
    // An experiment is compared where there is something to lose.
    writeFileSync(join(earlier, 'results.json'), '{}');
    const resumed = await run('finetune', earlier, earlier, '--resume');
    expect(resumed.code, resumed.stderr).toBe(0);
    const other = await run('finetune', earlier, earlier, '--resume', '--set', 'seed=1');
    expect(other.stderr).toMatch(/another experiment, and what is saved belongs to that:\n {2}seed: 0 -> 1\nGive/);
  });
});
