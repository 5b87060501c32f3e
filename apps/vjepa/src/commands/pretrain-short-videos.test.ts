import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { readMetrics, readShortVideos } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('short-videos');
/** A clip of 4 frames at every 2 spans 8. */
const lengths = { long: 12, exact: 8, short: 7, picture: 1 };

beforeAll(async () => {
  mkdirSync(join(folder, 'videos'));
  for (const [name, count] of Object.entries(lengths)) {
    const data = Uint8Array.from({ length: count * 32 * 48 * 3 }, (_, i) => (i * 7919 + (i >> 4)) & 255);
    const frames = { data, frames: count, height: 32, width: 48 };
    await encodeVideo({ frames, rate: 10, output: join(folder, 'videos', `${name}.mp4`) });
  }
});

async function pretrain(name: string, videos: (keyof typeof lengths)[], ...more: string[]) {
  const index = join(folder, `${name}.csv`);
  writeFileSync(index, videos.map((video) => `${join(folder, 'videos', `${video}.mp4`)} 0\n`).join(''));
  const set = [
    `data.datasets=[${index}]`,
    ...['data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=2'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=2', 'optimization.ipe=2', 'checkpoints.every=2', ...more],
  ].flatMap((override) => ['--set', override]);
  const run = join(folder, name);
  const args = ['pretrain', '--config', smoke, '--backend', 'wasm', '--run', run, ...set];
  return { run, args, ...(await runVjepa(...args)) };
}

describe('pretraining on videos shorter than a clip', { timeout: 120_000 }, () => {
  it('counts them, and lists them with their lengths', async () => {
    const { code, stderr, run } = await pretrain('few', ['long', 'exact', 'long', 'short']);
    expect(code, stderr).toBe(0);
    expect(readShortVideos(join(run, 'short-videos.jsonl'))).toEqual([
      { step: expect.any(Number), path: join(folder, 'videos', 'short.mp4'), frames: 7, needed: 8 },
    ]);
    // Eight draws of four videos: each twice.
    expect(readMetrics(join(run, 'metrics.jsonl')).at(-1)).toMatchObject({ step: 4, short_clips: 2 });
    expect(stderr).toMatch(/warning: 1 of 4 clips so far \(25 %\) are of videos shorter than a clip/);
    expect(stderr).toMatch(/warning: 2 of 8 clips so far \(25 %\).*short-videos\.jsonl lists the video/);
    expect(readFileSync(join(run, 'console.log'), 'utf8')).toMatch(/2 of 8 clips/);
  });

  it('says nothing where there are none', async () => {
    const { code, stderr, run } = await pretrain('none', ['long', 'exact']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/shorter than a clip/);
    expect(existsSync(join(run, 'short-videos.jsonl'))).toBe(false);
  });

  it('refuses where most clips are of such videos, unless told otherwise', async () => {
    const { code, stderr, run } = await pretrain('most', ['picture', 'long', 'short', 'picture']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/3 of the 4 clips .*data\.short_video_share \(0\.5\)/);
    expect(stderr).toMatch(/has [17] frames?, a clip spans 8/);
    const anyway = ['data.short_video_share=1', 'data.bad_video_share=1'];
    const allowed = await pretrain('most-allowed', ['picture', 'long', 'short', 'picture'], ...anyway);
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(existsSync(join(run, 'short-videos.jsonl'))).toBe(true);
  });

  it('leaves them out where told to, which makes none of them a bad video', async () => {
    const videos = ['long', 'picture', 'exact', 'short', 'picture'] as const;
    const { code, stderr, run } = await pretrain('left-out', [...videos], 'data.filter_short_videos=true');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/replaced a short video: .*picture\.mp4: the video has 1 frame and a clip of 4 .* spans 8/);
    const { length } = stderr.match(/replaced a short video/g)!;
    expect(length).toBeLessThanOrEqual(2);
    expect(readMetrics(join(run, 'metrics.jsonl')).at(-1)).toMatchObject({ step: 4, short_clips: 0 });
  });

  it('goes on counting where a run was stopped', async () => {
    const { args, run } = await pretrain('resumed', ['long', 'exact', 'long', 'short'], 'optimization.epochs=1');
    const more = args.map((argument) => (argument === 'optimization.epochs=1' ? 'optimization.epochs=2' : argument));
    const { code, stderr } = await runVjepa(...more, '--resume');
    expect(code, stderr).toBe(0);
    expect(readMetrics(join(run, 'metrics.jsonl')).at(-1)).toMatchObject({ step: 4, short_clips: 2 });
    expect(readShortVideos(join(run, 'short-videos.jsonl'))).toHaveLength(1);
  });
});
