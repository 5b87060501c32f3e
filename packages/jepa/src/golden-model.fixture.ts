import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, TensorRecord } from '@vjepa/engine';
import {
  encoderConfig,
  encoderParameterShapes,
  FROZEN_PARAMETERS,
  type ParameterShapes,
  positionTable,
  predictorConfig,
  predictorParameterShapes,
} from '@vjepa/vit';

// Browsers train it too: nothing of Node's is imported here.

export function toTensors(record: Record<string, { shape: readonly number[]; data: unknown }>): TensorRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );
}

/** The small model whose training was computed in float64 from the reference. */
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
function goldenParameters(shapes: ParameterShapes, table: FloatTensor): Record<string, FloatTensor> {
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

export const goldenModels = () => ({
  encoder: goldenParameters(encoderParameterShapes(goldenEncoder), positionTable(goldenEncoder)),
  predictor: goldenParameters(predictorParameterShapes(goldenPredictor), positionTable(goldenPredictor)),
});

export const goldenMasks = {
  context: [
    [
      [0, 1, 5, 16, 17],
      [2, 3, 7, 18, 31],
    ],
    [
      [0, 16, 31],
      [4, 20, 21],
    ],
  ],
  target: [
    [
      [2, 3, 4, 20],
      [0, 1, 16, 30],
    ],
    [
      [1, 2, 17, 18, 19, 30],
      [5, 6, 7, 22, 23, 31],
    ],
  ],
};

/** Clips and masks of the golden run, and the given scalars, as step inputs. */
export function goldenInputs(scalars: Record<string, number>): TensorRecord {
  const clips = tf.tensor(
    Float32Array.from({ length: 2 * 3 * 4 * 32 * 32 }, (_, j) => Math.sin(0.01 * j)),
    [2, 3, 4, 32, 32],
  );
  const masks = Object.entries(goldenMasks).flatMap(([kind, lists]) =>
    lists.map((list, i): [string, tf.Tensor] => [`${kind}.${i}`, tf.tensor2d(list, undefined, 'int32')]),
  );
  const values = Object.entries(scalars).map(([name, value]): [string, tf.Tensor] => [name, tf.scalar(value)]);
  return { clips, ...Object.fromEntries(masks), ...Object.fromEntries(values) };
}
