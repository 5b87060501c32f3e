import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { listCheckpoints, loadNewestCheckpoint, readMetrics } from '@vjepa/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';
import { hasSmallDisk, onSmallDisk, smallDiskReason } from './small-disk.fixture.js';

// Runs of the built command line on a disk that is really full.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('full-disk');
let index: string;

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: build the package before its tests (pnpm build)`);
  index = join(folder, 'index.csv');
  const paths = await writeGoodVideos(join(folder, 'videos'), 4);
  writeFileSync(index, paths.map((path) => `${path} 0\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Checkpoints of 1.3 MB each: parameters, target and two moments of a small model. */
function pretrain(disk: string, ...set: string[]): string[] {
  const all = [
    ...[`data.datasets=[${index}]`, 'data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8'],
    ...['data.sampling_rate=2', 'model.embed_dim=48', 'model.depth=2', 'model.pred_depth=1', 'model.pred_embed_dim=24'],
    ...['optimization.epochs=1', 'optimization.ipe=6', 'logging.console_every=1', ...set],
  ];
  const run = join(disk, 'run');
  return [process.execPath, cli, 'pretrain', '--config', smoke, '--backend', 'wasm', '--run', run].concat(
    all.flatMap((override) => ['--set', override]),
  );
}

describe(`a disk that fills up during a run${smallDiskReason}`, { timeout: 90_000 }, () => {
  it.skipIf(!hasSmallDisk)('while a checkpoint is saved: a clear error, the earlier one intact', async () => {
    const { status, stderr, left } = onSmallDisk('3m', (disk) =>
      pretrain(disk, 'checkpoints.every=2', 'checkpoints.keep=5', 'logging.tensorboard=false'),
    );
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(
      /^error: .*step-00000006\.safetensors.*no space left on device.*the checkpoint of step 4 is intact/m,
    );
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    const checkpoints = join(left, 'run', 'checkpoints');
    expect(listCheckpoints(checkpoints)).toEqual([4, 2]);
    expect((await loadNewestCheckpoint(checkpoints, () => {})).step).toBe(4);
    expect(readMetrics(join(left, 'run', 'metrics.jsonl'))).toHaveLength(6);
    expect(readFileSync(join(left, 'run', 'config.yaml'), 'utf8')).toContain('model_name');
  });
  it.skipIf(!hasSmallDisk)('while a step is logged: an error that names the file', () => {
    const { status, stderr } = onSmallDisk('16k', (disk) => pretrain(disk, 'logging.tensorboard=false'));
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(/^error: .*(metrics\.jsonl|jepa_r0\.csv|console\.log): cannot be written: .*no space left/m);
  });
});
