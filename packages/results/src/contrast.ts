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
  const { mean, margin: overVideos } = overTestVideos(meanOf(bySeed));
  if (bySeed.length === 1) return { mean, deviation: undefined, margin: overVideos, seeds: 1 };
  const means = bySeed.map((values) => meanAndDeviation(values).mean);
  const spread = meanAndDeviation(means).deviation;
  const overSeeds = (studentQuantile(means.length - 1) * spread) / Math.sqrt(means.length);
  return { mean, deviation: spread, margin: Math.max(overVideos, overSeeds), seeds: means.length };
}

/**
 * How far another program's answers are from ours, in points, on the same test videos. Its seeds are none of ours, so that these
 * are not paired: the interval of 95 % is the wider one of other test videos and, where there are seeds enough to tell, of
 * a difference of means of so many seeds (Student's t, both with the same deviation).
 *
 * @returns undefined where one of them has no answers
 */
export function measureReplication(
  ours: readonly TestAnswers[],
  theirs: readonly TestAnswers[],
): MeasuredContrast | undefined {
  if (ours.length === 0 || theirs.length === 0) return undefined;
  const [here, there] = [ours, theirs].map((found) => found.map((answers) => videoByVideo([{ weight: 1, answers }])));
  const before = meanOf(here!);
  const { mean, margin: overVideos } = overTestVideos(meanOf(there!).map((value, i) => value - before[i]!));
  const seeds = Math.min(ours.length, theirs.length);
  const degrees = ours.length + theirs.length - 2;
  if (degrees === 0) return { mean, deviation: undefined, margin: overVideos, seeds };
  const squares = [here!, there!].map((found) => {
    const { deviation } = meanAndDeviation(found.map((values) => meanAndDeviation(values).mean));
    return found.length > 1 ? (found.length - 1) * deviation ** 2 : 0;
  });
  const deviation = Math.sqrt((squares[0]! + squares[1]!) / degrees);
  const overSeeds = studentQuantile(degrees) * deviation * Math.sqrt(1 / ours.length + 1 / theirs.length);
  return { mean, deviation, margin: Math.max(overVideos, overSeeds), seeds };
}

/** The mean of several seeds' values of each video. */
function meanOf(bySeed: readonly (readonly number[])[]): number[] {
  return bySeed[0]!.map((_, i) => bySeed.reduce((sum, values) => sum + values[i]!, 0) / bySeed.length);
}

/** What other test videos would have changed: 1.96 standard errors of the mean. */
function overTestVideos(videos: readonly number[]): { mean: number; margin: number } {
  const { mean, deviation } = meanAndDeviation(videos);
  return { mean, margin: (NORMAL * deviation) / Math.sqrt(videos.length) };
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
