import { mersenneTwister } from '@vjepa/random';
import { anticipationProbeConfig } from './index.js';

/** Three verbs, four nouns and six actions. */
export const SMALL_ANTICIPATION_PROBE = anticipationProbeConfig(
  { embedDim: 8, numHeads: 2 },
  { verb: 3, noun: 4, action: 6 },
  { numHeads: 2, depth: 2 },
);

/** Features that tell the labels: a token for each task in which the answer's place is large. */
export function anticipationInputs(samples: number) {
  const { embedDim: D, tasks } = SMALL_ANTICIPATION_PROBE;
  const random = mersenneTwister(9);
  const uniform = () => random.nextUint32() / 2 ** 32 - 0.5;
  const labels = new Int32Array(3 * samples);
  const data = new Float32Array(samples * 5 * D);
  for (let b = 0; b < samples; b++) {
    for (let i = 0; i < 5 * D; i++) data[b * 5 * D + i] = uniform();
    for (const [q, { classes }] of tasks.entries()) {
      const label = Math.floor((uniform() + 0.5) * classes);
      labels[3 * b + q] = label;
      data[(b * 5 + q) * D + label]! += 3;
    }
  }
  return { features: [[{ shape: [samples, 5, D], data }]], labels: { shape: [samples, 3], data: labels } };
}
