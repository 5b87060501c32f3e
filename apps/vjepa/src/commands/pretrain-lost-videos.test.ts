import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { listCheckpoints, readMetrics } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));

describe('a run whose videos are gone', { timeout: 120_000 }, () => {
  it('stops, and keeps the steps that were done', async () => {
    const folder = temporaryFolder('lost-videos');
    mkdirSync(join(folder, 'videos'));
    const data = Uint8Array.from({ length: 12 * 32 * 48 * 3 }, (_, i) => (i * 7919 + (i >> 4)) & 255);
    const output = join(folder, 'videos', 'a.mp4');
    await encodeVideo({ frames: { data, frames: 12, height: 32, width: 48 }, rate: 10, output });
    const index = join(folder, 'index.csv');
    writeFileSync(index, `${output} 0\n`);
    const run = join(folder, 'run');
    const set = [
      `data.datasets=[${index}]`,
      ...['data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=2'],
      ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
      ...['optimization.epochs=1', 'optimization.ipe=2000', 'data.bad_video_share=1'],
    ].flatMap((override) => ['--set', override]);
    const running = runVjepa('pretrain', '--config', smoke, '--backend', 'wasm', '--run', run, ...set);
    const watching = setInterval(() => {
      if (readMetrics(join(run, 'metrics.jsonl')).length > 1) rmSync(output, { force: true });
    }, 20);
    const { code, stderr } = await running.finally(() => clearInterval(watching));
    expect(code).toBe(1);
    expect(stderr).toMatch(/a\.mp4: No such file or directory; and 32 replacements failed too/);
    const steps = readMetrics(join(run, 'metrics.jsonl')).length;
    expect(listCheckpoints(join(run, 'checkpoints'))).toEqual([steps]);
  });
});
