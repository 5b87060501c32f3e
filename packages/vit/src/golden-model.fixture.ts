import type * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor } from '@vjepa/engine';
import {
  encoderConfig,
  encoderParameterShapes,
  FROZEN_PARAMETERS,
  type ParameterShapes,
  positionTable,
  predictorConfig,
  predictorParameterShapes,
} from './index.js';

/** The small model whose outputs were computed in float64 from the reference. */
export const goldenEncoder = encoderConfig('vit_tiny', {
  imageSize: 32,
  patchSize: 8,
  numFrames: 4,
  embedDim: 32,
  depth: 2,
  numHeads: 2,
});

export const goldenPredictor = predictorConfig(goldenEncoder, { embedDim: 24, depth: 2 });

/** Element j of the k-th tensor in state dict order is a fixed function of sin(0.37 j + 1.3 k). */
export function goldenParameters(shapes: ParameterShapes, table: FloatTensor): Record<string, FloatTensor> {
  const parameters: Record<string, FloatTensor> = {};
  let k = 0;
  for (const [name, shape] of shapes) {
    if (FROZEN_PARAMETERS.has(name)) {
      parameters[name] = { shape, data: table.data };
      continue;
    }
    const isNormWeight = shape.length === 1 && name.endsWith('.weight');
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: size }, (_, j) => {
      const s = Math.sin(0.37 * j + 1.3 * k);
      if (name.endsWith('bias')) return 0.02 * s;
      return isNormWeight ? 1 + 0.1 * s : 0.05 * s;
    });
    parameters[name] = { shape, data };
    k++;
  }
  return parameters;
}

export const goldenEncoderParameters = () =>
  goldenParameters(encoderParameterShapes(goldenEncoder), positionTable(goldenEncoder));

export const goldenPredictorParameters = () =>
  goldenParameters(predictorParameterShapes(goldenPredictor), positionTable(goldenPredictor));

/** Two clips of 4 frames, 32 x 32: element j is sin(0.01 j). */
export const goldenClip = (): FloatTensor => ({
  shape: [2, 3, 4, 32, 32],
  data: Float32Array.from({ length: 2 * 3 * 4 * 32 * 32 }, (_, j) => Math.sin(0.01 * j)),
});

export const GOLDEN_CONTEXT_MASKS = [
  [
    [0, 1, 5, 16, 17],
    [2, 3, 7, 18, 31],
  ],
  [
    [0, 16, 31],
    [4, 20, 21],
  ],
];

export const GOLDEN_TARGET_MASKS = [
  [
    [2, 3, 4, 20],
    [0, 1, 16, 30],
  ],
  [
    [1, 2, 17, 18, 19, 30],
    [5, 6, 7, 22, 23, 31],
  ],
];

/** Largest absolute difference between values of a tensor from a flat offset on and the expected ones. */
export function distance(actual: tf.Tensor, offset: number, expected: number[]): number {
  const values = actual.dataSync();
  const start = offset < 0 ? values.length + offset : offset;
  return Math.max(...expected.map((value, i) => Math.abs(value - values[start + i]!)));
}
