import { permutation, xoroshiroStream } from '@vjepa/random';

/** What a generated video's labels say: how the thing looks, how it moves, or both. */
export type LabelKind = 'appearance' | 'motion' | 'joint';

/** Labels of one generated video, each an index into the class names of its kind. */
export interface GeneratedLabels extends Record<LabelKind, number> {
  /** Visible in a single frame. */
  appearance: number;
  /** Invisible in a single frame. */
  motion: number;
  /** appearance · (number of motion classes) + motion. */
  joint: number;
}

/**
 * The labels of sample `index`. Appearance and motion are independent by construction: every run of
 * (appearance classes × motion classes) samples holds each pair exactly once, and any run of samples is close to
 * balanced in both. The assignment does not depend on how many samples are made.
 */
export function generatedLabels(
  classes: { appearances: number; motions: number },
  seed: number,
  stream: number,
  index: number,
): GeneratedLabels {
  const { appearances, motions } = classes;
  const cycle = Math.floor(index / (appearances * motions));
  const place = index % (appearances * motions);
  const diagonal = Math.floor(place / leastCommonMultiple(appearances, motions));
  const random = xoroshiroStream(seed, stream, -1 - cycle);
  const appearance = permutation(random, appearances)[place % appearances]!;
  const motion = permutation(random, motions)[(place + diagonal) % motions]!;
  return { appearance, motion, joint: appearance * motions + motion };
}

/** Class names of each kind of label; a pair is named by both. */
export function generatedClassNames(appearance: string[], motion: string[]): Record<LabelKind, string[]> {
  return { appearance, motion, joint: appearance.flatMap((look) => motion.map((move) => `${look} | ${move}`)) };
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  return (a * b) / divisor;
}
