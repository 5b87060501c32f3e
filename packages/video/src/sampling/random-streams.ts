import { mersenneTwisterFromKey } from './mersenne-twister.js';
import { NumpyRandom } from './numpy-random.js';
import { PythonRandom } from './python-random.js';
import type { RandomGenerator } from './random-generator.js';
import { TorchRandom } from './torch-random.js';

/**
 * The three generators the reference's data pipeline draws from. Which draw comes from which generator is part of its
 * behaviour, so samplers keep them apart: three generators in the reference's states reproduce its samples.
 */
export interface RandomStreams {
  numpy: NumpyRandom;
  python: PythonRandom;
  torch: TorchRandom;
}

/** What samplers take: three streams, or one generator that then serves all three in the order of the draws. */
export type RandomSource = RandomStreams | RandomGenerator;

/** The three streams of a source. */
export function randomStreams(source: RandomSource): RandomStreams {
  if ('numpy' in source) return source;
  return { numpy: new NumpyRandom(source), python: new PythonRandom(source), torch: new TorchRandom(source) };
}

/**
 * The generators of one sample, a function of three non-negative integers alone: never of timing, worker or rank.
 *
 * @param seed the run's seed
 * @param epoch which pass over the data the sample belongs to
 * @param draw the sample's position in that pass over all ranks
 */
export function sampleRandom(seed: number, epoch: number, draw: number): RandomStreams {
  const stream = (name: number) => mersenneTwisterFromKey([...words(seed), ...words(epoch), ...words(draw), name]);
  return { numpy: new NumpyRandom(stream(0)), python: new PythonRandom(stream(1)), torch: new TorchRandom(stream(2)) };
}

function words(value: number): [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`seed, epoch and draw must be non-negative integers, found ${value}`);
  }
  return [value % 0x100000000, Math.floor(value / 0x100000000)];
}
