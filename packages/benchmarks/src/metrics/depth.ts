import { meanOfNumbers } from './segmentation.js';

/** What is predicted for the pixels of one picture, and what was measured. */
export interface DepthPicture {
  /** Metres of each pixel. */
  predicted: ArrayLike<number>;
  /** The same as measured; 0 where there is no measurement. */
  target: ArrayLike<number>;
  /** Pixels that count, where it is not 0; default: all with a measurement in range. */
  mask?: ArrayLike<number> | undefined;
}

/** The range of depths that count, in metres. */
export interface DepthRange {
  /** Default 0.001. */
  minDepth?: number | undefined;
  /** Default 10, as for NYU Depth v2. */
  maxDepth?: number | undefined;
}

/** How far predicted depths are off: each number a mean over pictures of what it is in a picture. */
export interface DepthResult {
  /** Pictures with a pixel that counts. */
  pictures: number;
  /** Root of the mean squared difference, in metres. */
  rmse: number;
  /** Mean of |predicted − target| / target. */
  absRel: number;
  /** Share (0..1) of pixels whose ratio to the target, or the other way about, is below 1.25, 1.25² and 1.25³. */
  delta1: number;
  delta2: number;
  delta3: number;
  /** Mean of |log10 predicted − log10 target|. */
  log10: number;
  /** 100 times the root of the variance of ln predicted − ln target. */
  silog: number;
}

/** Compares depths picture by picture. */
export interface DepthMetric {
  /** @throws RangeError for lengths that differ, and for predictions that are no number */
  add(picture: DepthPicture): void;
  result(): DepthResult;
}

type PictureErrors = Omit<DepthResult, 'pictures'>;

/**
 * The usual numbers of depth estimation (Eigen et al. 2014, section 4.3), as they are published for NYU Depth v2: measurements
 * count that lie strictly within the range, predictions are clipped to it, and each picture has the same weight.
 */
export function depthMetric({ minDepth = 1e-3, maxDepth = 10 }: DepthRange = {}): DepthMetric {
  if (!(minDepth > 0 && maxDepth > minDepth)) {
    throw new RangeError(`depths from ${minDepth} to ${maxDepth}: expected a range above 0, the smaller first`);
  }
  const pictures: PictureErrors[] = [];
  return {
    add({ predicted, target, mask }) {
      if (predicted.length !== target.length || (mask && mask.length !== target.length)) {
        const masked = mask ? ` and ${mask.length} in the mask` : '';
        throw new RangeError(`${predicted.length} pixels are predicted${masked}, expected ${target.length}`);
      }
      const errors = pictureErrors({ predicted, target, mask }, minDepth, maxDepth);
      if (errors !== undefined) pictures.push(errors);
    },
    result() {
      const mean = (of: keyof PictureErrors) => meanOfNumbers(pictures.map((picture) => picture[of]));
      return {
        pictures: pictures.length,
        rmse: mean('rmse'),
        absRel: mean('absRel'),
        delta1: mean('delta1'),
        delta2: mean('delta2'),
        delta3: mean('delta3'),
        log10: mean('log10'),
        silog: mean('silog'),
      };
    },
  };
}

/** Undefined where no pixel counts. */
function pictureErrors(
  { predicted, target, mask }: DepthPicture,
  minDepth: number,
  maxDepth: number,
): PictureErrors | undefined {
  let pixels = 0;
  let [squares, relative, log10, logs, logSquares] = [0, 0, 0, 0, 0];
  const within = [0, 0, 0];
  for (let i = 0; i < target.length; i++) {
    const measured = target[i]!;
    if (!(measured > minDepth && measured < maxDepth) || mask?.[i] === 0) continue;
    if (Number.isNaN(predicted[i])) throw new RangeError(`the depth predicted for pixel ${i} is not a number`);
    const depth = Math.min(maxDepth, Math.max(minDepth, predicted[i]!));
    const log = Math.log(depth / measured);
    const ratio = Math.max(depth / measured, measured / depth);
    pixels++;
    squares += (depth - measured) ** 2;
    relative += Math.abs(depth - measured) / measured;
    log10 += Math.abs(log) / Math.LN10;
    logs += log;
    logSquares += log ** 2;
    for (let k = 0; k < 3; k++) if (ratio < 1.25 ** (k + 1)) within[k]!++;
  }
  if (pixels === 0) return undefined;
  return {
    rmse: Math.sqrt(squares / pixels),
    absRel: relative / pixels,
    delta1: within[0]! / pixels,
    delta2: within[1]! / pixels,
    delta3: within[2]! / pixels,
    log10: log10 / pixels,
    // Rounding can make the variance of equal logarithms a little less than nothing.
    silog: 100 * Math.sqrt(Math.max(0, logSquares / pixels - (logs / pixels) ** 2)),
  };
}
