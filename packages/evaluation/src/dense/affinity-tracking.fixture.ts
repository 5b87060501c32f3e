import { type DavisVideo, type LabelMap, readLabelMap } from '@vjepa/benchmarks';
import type { Sides } from '@vjepa/video';
import type { PropagationSettings } from './nearest-labels.js';

/** What `affinityTracking` takes. */
type AffinityTrackingOptions = { [Setting in keyof PropagationSettings]-?: number } & {
  /** Rows and columns of the patches. */
  grid: Sides;
  /** [frames][N][D], as the encoder gives them. */
  features: readonly (readonly (readonly number[])[])[];
};

/**
 * Followed objects by the protocol as papers write it down, without regard to time: the affinities of each patch with all patches
 * of the first and of the last frames, all but the k largest set to 0.
 *
 * @returns the label maps of all frames but the first
 */
export async function affinityTracking(
  video: DavisVideo,
  { grid, features, neighbours, lastFrames, radius, temperature }: AffinityTrackingOptions,
): Promise<number[][]> {
  const first = await readLabelMap(video.annotations[0]!);
  const N = grid.height * grid.width;
  const C = Math.max(...first.labels) + 1;
  const place = (patch: number) => [Math.floor(patch / grid.width), patch % grid.width] as const;
  const unit = features.map((patches) => {
    return patches.map((own) => own.map((value) => value / Math.hypot(...own)));
  });
  const frames: number[][][] = [firstShares(first, grid, N, C)];
  const maps: number[][] = [];
  for (let t = 1; t < features.length; t++) {
    const last = [...frames.keys()].filter((frame) => frame > 0 && frame >= t - lastFrames);
    const shares = unit[t]!.map((own, patch) => {
      const affinities = [0, ...last].flatMap((frame) => {
        return unit[frame]!.map((other, at) => {
          const [dy, dx] = [0, 1].map((axis) => Math.abs(place(patch)[axis]! - place(at)[axis]!));
          const cosine = own.reduce((sum, value, d) => sum + value * other[d]!, 0);
          const affinity = dy! <= radius && dx! <= radius ? Math.exp(cosine / temperature) : 0;
          return { affinity, shares: frames[frame]![at]! };
        });
      });
      const kept = affinities.sort((a, b) => b.affinity - a.affinity).slice(0, neighbours);
      const total = kept.reduce((sum, { affinity }) => sum + affinity, 0);
      return Array.from({ length: C }, (_, c) => {
        return kept.reduce((sum, { affinity, shares }) => sum + (affinity * shares[c]!) / total, 0);
      });
    });
    frames.push(shares);
    maps.push(largest(shares, grid, first));
  }
  return maps;
}

/** One-hot classes of the pixels in the patches' middles: the nearest of the frame made as small as the grid. */
function firstShares({ labels, height, width }: LabelMap, grid: Sides, N: number, C: number): number[][] {
  return Array.from({ length: N }, (_, patch) => {
    const y = Math.floor((Math.floor(patch / grid.width) + 0.5) * (height / grid.height));
    const x = Math.floor(((patch % grid.width) + 0.5) * (width / grid.width));
    return Array.from({ length: C }, (_, c) => Number(labels[y * width + x] === c));
  });
}

/** Shares of each class at each pixel, from 0 to 1 over the frame; the number of the largest. */
function largest(shares: readonly (readonly number[])[], grid: Sides, { height, width }: Sides): number[] {
  const maps = Array.from(shares[0]!, (_, c) => {
    const map = Array.from({ length: height * width }, (_, pixel) => {
      const [y0, y1, down] = between(Math.floor(pixel / width), grid.height, height);
      const [x0, x1, across] = between(pixel % width, grid.width, width);
      const at = (y: number, x: number) => shares[y * grid.width + x]![c]!;
      const row = (y: number) => at(y, x0) * (1 - across) + at(y, x1) * across;
      return row(y0) * (1 - down) + row(y1) * down;
    });
    const [least, most] = [Math.min(...map), Math.max(...map)];
    return most > least ? map.map((value) => (value - least) / (most - least)) : map;
  });
  return maps[0]!.map((_, pixel) => {
    return maps.reduce((best, map, c) => (map[pixel]! > maps[best]![pixel]! ? c : best), 0);
  });
}

/** Between which two of `from` places one of `to` lies, and how near to the second. */
function between(at: number, from: number, to: number): [number, number, number] {
  const place = Math.max(0, ((at + 0.5) * from) / to - 0.5);
  const low = Math.min(from - 1, Math.floor(place));
  return [low, Math.min(from - 1, low + 1), place - low];
}
