import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { readMetrics } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa } from './vjepa-process.fixture.js';

// docs/licences.md: @ffmpeg/core, which is GPL, can be left out. On the public clip of fixtures/ and, where there are, more real ones.
const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const hidden = local('hide-ffmpeg-wasm.fixture.cjs');
const folder = temporaryFolder('without-ffmpeg-wasm');
const videos = process.env.VJEPA_VIDEOS ?? local('../../../../fixtures/videos');
const clips = readdirSync(videos).filter((name) => /\.(mp4|mkv|avi)$/.test(name) && !name.startsWith('av1'));

async function pretrain(decoder: string) {
  const run = join(folder, decoder);
  const settings = [
    `data.datasets=[${clips.map((name) => join(videos, name)).join(', ')}]`,
    ...[`data.decoder=${decoder}`, 'data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=1', 'optimization.ipe=3', 'optimization.warmup=0'],
  ];
  const config = local('../../../../configs/pretrain/smoke.yaml');
  const options = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${options ?? ''} --require=${hidden}`;
  try {
    const child = startVjepa(['pretrain', '--config', config, '--backend', 'wasm', '--run', run], settings);
    return { run, ...(await ended(child)) };
  } finally {
    if (options === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = options;
  }
}

describe('without @ffmpeg/core', { timeout: 120_000 }, () => {
  beforeAll(requireBuild);

  it('real clips are trained on through the native decoder', async () => {
    const { code, stderr, run } = await pretrain('native');
    expect(code, stderr).toBe(0);
    const metrics = readMetrics(join(run, 'metrics.jsonl'));
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const { loss, replaced_videos } of metrics) {
      expect(loss).toBeGreaterThan(0);
      expect(replaced_videos).toBe(0);
    }
    expect(readdirSync(run)).not.toContain('bad-videos.jsonl');
  });

  it('its decoder is refused with what to do', async () => {
    const { code, stderr } = await pretrain('wasm');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/ffmpeg\.wasm is not installed: npm install @ffmpeg\/core@\d/);
  });
});
