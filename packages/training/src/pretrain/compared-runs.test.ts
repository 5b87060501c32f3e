import { dirname, join } from 'node:path';
import { type MovingShapesFolder, writeMovingShapes } from '@vjepa/benchmarks';
import { type Engine, openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideos } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPretraining } from '../plan/plan-pretraining.js';
import type { MaskPlan, PretrainingSettings } from '../plan/pretraining-settings.js';
import { readMetrics } from '../run/metrics-file.js';
import { pretrain } from './pretrain.js';

const folder = temporaryFolder('compared-runs');
let engine: Engine;
/** Two generated data sets, of 8 and 16 videos. */
let few: MovingShapesFolder;
let more: MovingShapesFolder;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  const written = (name: string, seed: number, train: number) =>
    writeMovingShapes(
      join(folder, name),
      { seed, size: 32, frames: 12, counts: { train } },
      { encode: encodeVideos, concurrency: 2 },
    );
  [few, more] = [await written('few', 3, 8), await written('more', 4, 16)];
}, 60_000);

const listOf = (videos: MovingShapesFolder) => videos.indexes.train!.joint!;

/** A run of three steps on a grid of 2 x 4 x 4 tokens. */
const planned = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({
    ...{ videos: listOf(few), model: 'vit_tiny', epochs: 1, stepsPerEpoch: 3, batchSize: 4 },
    encoder: { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 1, numHeads: 2 },
    predictor: { embedDim: 12, depth: 1 },
    clips: { frameStep: 1, workers: 1 },
    ...settings,
  });

const block = { aspectRatio: [0.75, 1.5], spatialScale: [0.25, 0.25], temporalScale: [1, 1] } as const;

describe('the masks that the paper compares', { timeout: 60_000 }, () => {
  const kinds: [string, MaskPlan][] = [
    ['random tubes', { kind: 'random_tube', masks: [{ ratio: 0.75 }] }],
    ['multi-block', { kind: 'multiblock3d', masks: [{ ...block, numBlocks: 2 }] }],
    ['causal multi-block', { kind: 'multiblock3d', masks: [{ ...block, numBlocks: 2, maxTemporalKeep: 0.5 }] }],
  ];
  it.each(kinds)('are trained on in a small grid: %s', async (name, masks) => {
    const plan = planned({ masks });
    const run = join(folder, name.replaceAll(' ', '-'));
    expect(await pretrain({ plan, folder: run, engine, print: () => {} })).toMatchObject({ steps: 3 });
    for (const { loss, context_tokens: context, target_tokens: target } of readMetrics(join(run, 'metrics.jsonl'))) {
      expect(loss).toBeGreaterThan(0);
      expect(Number.isFinite(loss)).toBe(true);
      expect(context[0]).toBeGreaterThan(0);
      expect(context[0]! + target[0]!).toBeLessThanOrEqual(32);
    }
  });

  it('tubes hide the same places in every time step, and as many as the ratio says', () => {
    for (const [ratio, seen] of [
      [0.25, 12],
      [0.5, 8],
      [0.75, 4],
      [0.9, 1],
    ] as const) {
      const [mask] = planned({ masks: { kind: 'random_tube', masks: [{ ratio }] } }).masksAt(0);
      expect(mask!.context.shape).toEqual([4, 2 * seen]);
      expect(mask!.target.shape).toEqual([4, 32 - 2 * seen]);
      const places = Array.from(mask!.context.indices.subarray(0, 2 * seen), (token) => token % 16);
      expect(places.slice(0, seen)).toEqual(places.slice(seen));
    }
  });

  it('a causal context is of the first time steps alone', () => {
    const context = (maxTemporalKeep: number) =>
      [0, 1, 2, 3].flatMap((step) => {
        const masks: MaskPlan = { kind: 'multiblock3d', masks: [{ ...block, numBlocks: 1, maxTemporalKeep }] };
        return [...planned({ masks }).masksAt(step)[0]!.context.indices];
      });
    expect(Math.max(...context(0.5))).toBeLessThan(16);
    expect(Math.max(...context(1))).toBeGreaterThanOrEqual(16);
  });

  it('more blocks, or larger ones, hide more', () => {
    const hidden = (numBlocks: number, size: number) => {
      const masks = [{ ...block, numBlocks, spatialScale: [size, size] as const }];
      const plan = planned({ masks: { kind: 'multiblock3d', masks } });
      return [0, 1, 2, 3, 4, 5].reduce((sum, step) => sum + plan.masksAt(step)[0]!.target.shape[1], 0);
    };
    expect(hidden(1, 0.25)).toBeLessThan(hidden(3, 0.25));
    expect(hidden(1, 0.25)).toBeLessThan(hidden(1, 0.6));
  });
});

describe('the data that the paper compares', { timeout: 60_000 }, () => {
  /** Of 400 draws, the share that is of the videos of `few`. */
  const drawn = async (settings: Partial<PretrainingSettings>) => {
    const plan = planned({ videos: [listOf(few), listOf(more)], ...settings });
    const datasets = await plan.readVideos();
    const paths = datasets.flatMap(({ videos }) => videos.map(({ path }) => path));
    const samplesAt = plan.samplesFor(datasets);
    const draws = Array.from({ length: 100 }, (_, step) => samplesAt(step)).flat();
    const own = draws.filter(({ index }) => paths[index]!.startsWith(dirname(listOf(few))));
    return { share: own.length / draws.length, videos: new Set(draws.map(({ index }) => paths[index])).size };
  };

  it('is two data sets: every video equally often, or each data set by its weight', async () => {
    expect((await drawn({})).share).toBeCloseTo(8 / 24, 1);
    expect((await drawn({ clips: { weights: [3, 1] } })).share).toBeCloseTo(3 / 4, 1);
    expect((await drawn({ clips: { weights: [1, 1] } })).share).toBeCloseTo(1 / 2, 1);
    expect(await drawn({ clips: { weights: [0, 1] } })).toEqual({ share: 0, videos: 16 });
  });

  it('is trained on as a mix', async () => {
    const plan = planned({ videos: [listOf(few), listOf(more)], clips: { weights: [3, 1], workers: 1, frameStep: 1 } });
    const run = join(folder, 'mix');
    expect(await pretrain({ plan, folder: run, engine, print: () => {} })).toMatchObject({ steps: 3 });
  });

  it('is a part of a list, of which a smaller one lies in a larger, and which the seed decides', async () => {
    const part = async (fraction: number, seed?: number) => {
      const [dataset] = await planned({ videos: listOf(more), clips: { fraction }, seed }).readVideos();
      return dataset!.videos.map(({ path }) => path);
    };
    const [quarter, half, all] = [await part(0.25), await part(0.5), await part(1)];
    expect(all).toHaveLength(16);
    expect([quarter.length, half.length]).toEqual([4, 8]);
    for (const path of quarter) expect(half).toContain(path);
    expect(await part(0.25)).toEqual(quarter);
    expect(await part(0.25, 1)).not.toEqual(quarter);
    expect(() => planned({ clips: { fraction: 0 } })).toThrow('`clips.fraction`: expected a share in (0, 1], found 0');
  });
});
