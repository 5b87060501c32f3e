import { createMaskSampler, type MaskPair } from '@vjepa/masks';
import { mersenneTwister } from '@vjepa/random';
import { tokenGrid } from '@vjepa/vit';
import { type Comparison, compareEqual, compareNumber } from './comparison.js';
import { type Fixture, readTensors } from './fixture.js';

interface FixtureMask {
  aspect_ratio: [number, number];
  num_blocks: number;
  spatial_scale: [number, number];
  temporal_scale: [number, number];
  max_temporal_keep?: number;
  max_keep?: number | null;
}

interface Clips {
  crop: number;
  frames: number;
  patch: number;
  tubelet: number;
}

function sampler(masks: readonly FixtureMask[], { crop, frames, patch, tubelet }: Clips) {
  return createMaskSampler({
    kind: 'multiblock3d',
    grid: tokenGrid({ imageSize: crop, numFrames: frames, patchSize: patch, tubeletSize: tubelet }),
    masks: masks.map((mask) => ({
      aspectRatio: mask.aspect_ratio,
      numBlocks: mask.num_blocks,
      spatialScale: mask.spatial_scale,
      temporalScale: mask.temporal_scale,
      maxTemporalKeep: mask.max_temporal_keep ?? 1,
      maxKeep: mask.max_keep ?? null,
    })),
  });
}

interface MasksManifest {
  seed: number;
  crop_size: number;
  num_frames: number;
  patch_size: number;
  tubelet_size: number;
  batch_size: number;
  calls: number;
  masks: FixtureMask[];
}

/** Kind `masks`: the first calls of a fresh collator, index for index. */
export async function checkMasks(fixture: Fixture): Promise<Comparison[]> {
  const manifest = fixture.manifest as MasksManifest;
  const expected = await readTensors(fixture);
  const random = mersenneTwister(manifest.seed);
  const { sample } = sampler(manifest.masks, {
    crop: manifest.crop_size,
    frames: manifest.num_frames,
    patch: manifest.patch_size,
    tubelet: manifest.tubelet_size,
  });
  const comparisons: Comparison[] = [];
  for (let call = 0; call < manifest.calls; call++) {
    for (const [i, pair] of sample({ batchSize: manifest.batch_size, call, random }).entries()) {
      for (const part of ['context', 'target'] as const) {
        const name = `call${call}.${part}.${i}`;
        const found = { shape: pair[part].shape, data: pair[part].indices };
        comparisons.push(compareEqual(name, found, expected(name)));
      }
    }
  }
  return comparisons;
}

interface Statistics {
  mean: number;
  std: number;
  min: number;
  max: number;
  quantiles: number[];
}

interface StatisticsCase {
  seed: number;
  crop: number;
  frames: number;
  patch: number;
  tubelet?: number;
  B: number;
  batches: number;
  masks: FixtureMask[];
  statistics: { context: Statistics; target: Statistics }[];
}

/** Kind `mask-statistics`: how many tokens are kept and predicted over many batches. */
export async function checkMaskStatistics(fixture: Fixture): Promise<Comparison[]> {
  const { cases } = fixture.manifest as { cases: StatisticsCase[] };
  return cases.flatMap((settings, c) => {
    const batches = drawBatches(settings);
    return settings.statistics.flatMap((expected, i) =>
      (['context', 'target'] as const).flatMap((part) =>
        compareStatistics(
          `case${c}.mask${i}.${part}`,
          statisticsOf(batches.map((pairs) => pairs[i]![part].shape[1])),
          expected[part],
        ),
      ),
    );
  });
}

function drawBatches({ seed, batches, B, masks, tubelet = 2, ...clips }: StatisticsCase): MaskPair[][] {
  const { sample } = sampler(masks, { ...clips, tubelet });
  const random = mersenneTwister(seed);
  return Array.from({ length: batches }, (_, call) => sample({ batchSize: B, call, random }));
}

const QUANTILE_POINTS = [0.05, 0.25, 0.5, 0.75, 0.95];

function statisticsOf(lengths: readonly number[]): Statistics {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const variance = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / lengths.length;
  const sorted = [...lengths].sort((a, b) => a - b);
  return {
    mean,
    std: Math.sqrt(variance),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    quantiles: QUANTILE_POINTS.map((point) => quantile(sorted, point)),
  };
}

/** Linear between the two nearest ranks. */
function quantile(sorted: readonly number[], point: number): number {
  const rank = point * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  return below + (above - below) * (rank - Math.floor(rank));
}

function compareStatistics(name: string, found: Statistics, expected: Statistics): Comparison[] {
  const within = 1e-9; // the same draws, so the same numbers up to the order of summation
  const scalars = (['mean', 'std', 'min', 'max'] as const).map((key) =>
    compareNumber(`${name}.${key}`, found[key], expected[key], within),
  );
  const quantiles = expected.quantiles.map((value, q) =>
    compareNumber(`${name}.quantiles.${QUANTILE_POINTS[q]}`, found.quantiles[q]!, value, within),
  );
  return [...scalars, ...quantiles];
}
