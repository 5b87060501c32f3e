import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import {
  goldenClips,
  goldenMasks,
  goldenParameters,
  goldenPredictorSizes,
  goldenSizes,
} from '@vjepa/test-kit/golden-model';
import {
  encoderConfig,
  encoderParameterShapes,
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
export const goldenEncoder = encoderConfig('vit_tiny', goldenSizes);
export const goldenPredictor = predictorConfig(goldenEncoder, goldenPredictorSizes);

export const goldenModels = () => ({
  encoder: goldenParameters(encoderParameterShapes(goldenEncoder), { pos_embed: positionTable(goldenEncoder) }),
  predictor: goldenParameters(predictorParameterShapes(goldenPredictor), {
    predictor_pos_embed: positionTable(goldenPredictor),
  }),
});

/** Clips and masks of the golden run, and the given scalars, as step inputs. */
export function goldenInputs(scalars: Record<string, number>): TensorRecord {
  const masks = Object.entries(goldenMasks).flatMap(([kind, lists]) =>
    lists.map((list, i): [string, tf.Tensor] => [`${kind}.${i}`, tf.tensor2d(list, undefined, 'int32')]),
  );
  const values = Object.entries(scalars).map(([name, value]): [string, tf.Tensor] => [name, tf.scalar(value)]);
  return { ...toTensors({ clips: goldenClips() }), ...Object.fromEntries(masks), ...Object.fromEntries(values) };
}
