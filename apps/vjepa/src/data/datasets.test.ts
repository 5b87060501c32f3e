import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDatasets, VIDEO_EXTENSIONS } from '@vjepa/benchmarks';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { writeGoodVideos } from './broken-videos.fixture.js';
import { npyOfPaths, tarOf } from './list-formats.fixture.js';

const folder = temporaryFolder('datasets');
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const videos = await writeGoodVideos(folder, 6);
  for (let shard = 8; shard < 11; shard++) {
    const files = [0, 1].flatMap((i) => [
      [`${shard}-${i}.mp4`, readFileSync(videos[2 * (shard - 8) + i]!)],
      [`${shard}-${i}.cls`, String(shard)],
    ]);
    writeFileSync(at(`train-${String(shard).padStart(2, '0')}.tar`), await tarOf(Object.fromEntries(files)));
  }
  writeFileSync(at('empty.tar'), await tarOf({ 'readme.txt': 'no video' }));
  writeFileSync(at('train.npy'), npyOfPaths(videos));
  writeFileSync(at('train.csv'), videos.map((path) => `${path} 3\n`).join(''));
});

describe('readDatasets', () => {
  it('reads indexes as text and as NumPy arrays', async () => {
    const [text, array] = await readDatasets([at('train.csv'), at('train.npy')]);
    expect(array!.videos.map(({ path, label }) => ({ path, label }))).toEqual(
      text!.videos.map(({ path }) => ({ path, label: 0 })),
    );
  });

  it('reads the shards of a range, in order', async () => {
    const shards = await readDatasets([at('train-{08..10}.tar')]);
    expect(shards.map(({ file }) => file)).toEqual(['train-08.tar', 'train-09.tar', 'train-10.tar'].map(at));
    expect(shards.map(({ videos }) => videos.map(({ label }) => label))).toEqual([
      [8, 8],
      [9, 9],
      [10, 10],
    ]);
  });

  it('reads a folder and a glob of videos, without labels', async () => {
    const [all] = await readDatasets([folder]);
    expect(all!.videos.map(({ path, label }) => [path, label])).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => [at(`good-00${i}.mp4`), -1]),
    );
    const some = await readDatasets([at('good-00[24].mp4')]);
    expect(some.flatMap(({ videos }) => videos.map(({ path }) => path))).toEqual(
      ['good-002.mp4', 'good-004.mp4'].map(at),
    );
  });

  it('takes the same members of a shard for videos as files of a folder', async () => {
    const files = [...VIDEO_EXTENSIONS].map((extension) => [`clip${extension}`, 'a video']);
    writeFileSync(at('kinds.tar'), await tarOf(Object.fromEntries(files)));
    const [shard] = await readDatasets([at('kinds.tar')]);
    expect(shard!.videos).toHaveLength(VIDEO_EXTENSIONS.size);
  });

  it('gives a weight to an entry, however many lists it stands for', async () => {
    for (const [name, videos] of Object.entries({ x1: 1, x2: 1, y: 6 })) {
      writeFileSync(at(`${name}.csv`), Array.from({ length: videos }, (_, i) => `${name}-${i}.mp4\n`).join(''));
    }
    const entries = [at('x{1..2}.csv'), at('y.csv')];
    const { config } = loadPretrainingConfig(
      fixture('../configs/pretrain/smoke.yaml'),
      [`data.datasets=${JSON.stringify(entries)}`, 'data.datasets_weights=[3, 1]'].map(parseOverride),
    );
    const datasets = await readDatasets(entries);
    expect(datasets.map(({ entry }) => entry)).toEqual([0, 0, 1]);
    const samplesAt = planOf(config).samplesFor(datasets, 8);
    const drawn = Array.from({ length: 500 }, (_, step) => samplesAt(step).map(({ index }) => index)).flat();
    // 4,000 draws of which three quarters fall on the first two videos: the deviation is 0.7 %.
    expect(drawn.filter((place) => place < 2).length / drawn.length).toBeCloseTo(0.75, 1);
    expect(new Set(drawn).size).toBe(8);
  });

  it('gives a weight to an entry, however many shards it stands for', async () => {
    const entries = [at('train-{08..09}.tar'), at('train-10.tar')];
    const { config } = loadPretrainingConfig(
      fixture('../configs/pretrain/smoke.yaml'),
      [`data.datasets=${JSON.stringify(entries)}`, 'data.datasets_weights=[1, 3]'].map(parseOverride),
    );
    const samplesAt = planOf(config).samplesFor(await readDatasets(entries), 8);
    const drawn = Array.from({ length: 500 }, (_, step) => samplesAt(step).map(({ index }) => index)).flat();
    // 4,000 draws of which three quarters fall on the last two of six videos: the deviation is 0.7 %.
    expect(drawn.filter((place) => place >= 4).length / drawn.length).toBeCloseTo(0.75, 1);
    expect(new Set(drawn).size).toBe(6);
  });

  it('names what is wrong', async () => {
    await expect(readDatasets([at('none.npy')])).rejects.toThrow(/none\.npy: the file does not exist/);
    await expect(readDatasets([at('none-{0..1}.tar')])).rejects.toThrow(/none-[01]\.tar: No such file/);
    await expect(readDatasets([at('empty.tar')])).rejects.toThrow(/no video among the members/);
    await expect(readDatasets([at('x-{3..1}.tar')])).rejects.toThrow(/ascends/);
  });
});

describe('pretrain on shards', () => {
  const small = [
    ...['model.embed_dim=48', 'model.depth=1', 'model.num_heads=3', 'model.pred_embed_dim=24', 'model.pred_depth=1'],
    ...['data.batch_size=2', 'data.crop_size=64', 'data.num_frames=4', 'data.sampling_rate=2', 'data.num_workers=1'],
    ...['optimization.epochs=1', 'optimization.ipe=3', 'data.shuffle_buffer=2', 'logging.statistics=false'],
  ].flatMap((setting) => ['--set', setting]);
  const config = fixture('../configs/pretrain/smoke.yaml');
  const pretrain = (run: string, ...more: string[]) =>
    runVjepa('pretrain', '--config', config, ...small, ...more, '--run', at(run), '--backend', 'wasm');

  it('steps through shards and says which decoder read them', { timeout: 120_000 }, async () => {
    const datasets = ['--set', `data.datasets=["${at('train-{08..10}.tar')}"]`];
    const { code, stderr } = await pretrain('shards', ...datasets);
    expect(stderr).toMatch(/data +6 videos; 3 steps of 2 clips/);
    expect(stderr).toMatch(/decoder +\w+: decoder "\w+" was chosen/);
    expect(code, stderr).toBe(0);
    const [session] = JSON.parse(readFileSync(join(at('shards'), 'environment.json'), 'utf8'));
    expect(session.decoder).toMatch(/^(native|wasm)$/);
  });

  it('steps through a folder, goes on from where it was, and says when its videos are others', {
    timeout: 120_000,
  }, async () => {
    const videos = join(folder, 'videos');
    const paths = await writeGoodVideos(videos, 3);
    writeFileSync(join(videos, '._good-000.mp4'), 'AppleDouble');
    const datasets = ['--set', `data.datasets=${videos}`];
    const first = await pretrain('folder', ...datasets, '--set', 'checkpoints.every=1');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/data +3 videos; 3 steps of 2 clips/);
    const more = (...last: string[]) =>
      pretrain('folder', ...datasets, '--set', 'optimization.epochs=2', '--resume', ...last);
    const second = await more();
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).not.toMatch(/index has changed/);
    copyFileSync(paths[0]!, join(videos, 'another.mp4'));
    const third = await more('--set', 'optimization.epochs=3');
    expect(third.stderr).toMatch(/the index has changed since this run was stopped \(3 entries -> 4\)/);
  });

  it('takes shards with any labels', { timeout: 120_000 }, async () => {
    const clip = readFileSync(at('good-000.mp4'));
    const [a, b] = ['{"label": "class 0"}', '{"label": "class 1"}'];
    writeFileSync(at('named.tar'), await tarOf({ 'a.mp4': clip, 'a.json': a, 'b.mp4': clip, 'b.json': b }));
    const { code, stderr } = await pretrain('named', '--set', `data.datasets=${at('named.tar')}`);
    expect(code, stderr).toBe(0);
  });

  it('says how several lists are named where commas alone were tried', { timeout: 60_000 }, async () => {
    const { code, stderr } = await pretrain('commas', '--set', `data.datasets=${at('train.csv')},${at('train.npy')}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/train\.csv,.*train\.npy: the file does not exist.*'data\.datasets=\[A, B\]'/);
  });

  it('refuses shards beside indexes', async () => {
    const both = await pretrain('both', '--set', `data.datasets=["${at('train.csv')}", "${at('train-08.tar')}"]`);
    expect(both.code).toBe(1);
    expect(both.stderr).toMatch(/data\.datasets.*found both/);
  });
});
