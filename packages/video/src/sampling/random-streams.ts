import { NumpyRandom, PythonRandom, type RandomGenerator, stream, TorchRandom } from '@vjepa/random';

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
  const use = (number: number) => stream([seed, epoch, draw], number);
  return { numpy: new NumpyRandom(use(0)), python: new PythonRandom(use(1)), torch: new TorchRandom(use(2)) };
}
