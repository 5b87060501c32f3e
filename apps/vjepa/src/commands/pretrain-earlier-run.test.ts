import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { checkpointPath, loadCheckpoint, readMetrics } from '@vjepa/training';
import { expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('earlier-run');
/** Losses that the version which began the run went on to. */
const LOSSES = [0.8529217, 0.8543925, 0.8517982, 0.8592837, 0.8578225, 0.8609071, 0.837803, 0.8534686];

it('a run that vjepa 0.1.0 began, killed after its checkpoint of step 3, goes on as it would have then', {
  timeout: 120_000,
}, async () => {
  const [earlier, whole] = [join(folder, 'earlier'), join(folder, 'whole')];
  cpSync(fixture('run-0.1'), earlier, { recursive: true });
  const here = ['--backend', 'wasm', '--set', `data.datasets=[${fixture('videos/nasa_13013.mp4')}]`];
  const resumed = await runVjepa('pretrain', '--run', earlier, '--resume', ...here);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr).toMatch(/resuming after step 3/);
  const losses = readMetrics(join(earlier, 'metrics.jsonl')).map(({ loss }) => loss);
  expect(losses).toHaveLength(LOSSES.length);
  for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(LOSSES[i]!, 5);

  const config = join(fixture('run-0.1'), 'config.yaml');
  const uninterrupted = await runVjepa('pretrain', '--config', config, '--run', whole, ...here);
  expect(uninterrupted.code, uninterrupted.stderr).toBe(0);
  const state = async (run: string) => (await loadCheckpoint(checkpointPath(join(run, 'checkpoints'), 8))).state;
  expect(await state(earlier)).toEqual(await state(whole));
});
