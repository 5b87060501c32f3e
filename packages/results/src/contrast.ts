import { meanAndDeviation } from '@vjepa/evaluation';
import { type Contrast, cellName } from './experiment.js';
import { correctAnswers, type TestAnswers } from './test-answers.js';

/** A weighted sum of accuracies, in points, and how sure it is. */
export interface MeasuredContrast {
  mean: number;
  /** Standard deviation over seeds; undefined of one. */
  deviation: number | undefined;
  /** Half the width of the interval of 95 %. */
  margin: number;
  seeds: number;
}

/** What a measurement says of a claim. */
export type Verdict = 'reproduced' | 'not reproduced' | 'no difference that so few seeds can tell' | 'not measured';

/** Quantiles of Student's t, 97.5 %, for 1 to 10 degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const NORMAL = 1.96;

/** Beyond the table by its expansion around the normal quantile (Abramowitz and Stegun, 26.7.5), to 0.002. */
function studentQuantile(degrees: number): number {
  const [z, z3, z5] = [NORMAL, NORMAL ** 3, NORMAL ** 5];
  return STUDENT[degrees - 1] ?? z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2);
}

/**
 * A contrast of cells, paired on the same test videos. Its interval of 95 % is the wider one of two: of other test videos
 * (the standard error of the mean over videos, each video's contrast averaged over seeds first), and, with several seeds, of
 * other seeds (Student's t over their means).
 *
 * @param answersOf what a cell, by its name, answered with a seed; undefined where that was not measured
 * @returns undefined where no seed has all of the cells
 */
export function measureContrast(
  contrast: Contrast,
  seeds: readonly number[],
  answersOf: (cell: string, seed: number) => TestAnswers | undefined,
): MeasuredContrast | undefined {
  const bySeed = seeds.flatMap((seed) => {
    const terms = contrast.map(({ weight, cell }) => ({ weight, answers: answersOf(cellName(cell), seed) }));
    return terms.every(({ answers }) => answers !== undefined)
      ? [videoByVideo(terms as { weight: number; answers: TestAnswers }[])]
      : [];
  });
  const [first] = bySeed;
  if (first === undefined) return undefined;
  const videos = first.map((_, i) => bySeed.reduce((sum, values) => sum + values[i]!, 0) / bySeed.length);
  const { mean, deviation } = meanAndDeviation(videos);
  const overVideos = (NORMAL * deviation) / Math.sqrt(videos.length);
  if (bySeed.length === 1) return { mean, deviation: undefined, margin: overVideos, seeds: 1 };
  const means = bySeed.map((values) => meanAndDeviation(values).mean);
  const spread = meanAndDeviation(means).deviation;
  const overSeeds = (studentQuantile(means.length - 1) * spread) / Math.sqrt(means.length);
  return { mean, deviation: spread, margin: Math.max(overVideos, overSeeds), seeds: means.length };
}

/** The contrast of each test video, in points. */
function videoByVideo(terms: readonly { weight: number; answers: TestAnswers }[]): number[] {
  const sums = new Array<number>(terms[0]!.answers.tests).fill(0);
  for (const { weight, answers } of terms) {
    for (const [i, correct] of correctAnswers(answers).entries()) sums[i]! += 100 * weight * correct;
  }
  return sums;
}

/** Reproduced, or the opposite of it, where the interval has 0 outside. */
export function verdictOf(measured: MeasuredContrast | undefined): Verdict {
  if (measured === undefined) return 'not measured';
  const { mean, margin } = measured;
  if (Math.abs(mean) <= margin) return 'no difference that so few seeds can tell';
  return mean > 0 ? 'reproduced' : 'not reproduced';
}
