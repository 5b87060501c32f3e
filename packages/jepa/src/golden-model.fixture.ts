import { type HostTree, toTensors } from '@vjepa/engine';
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

import type { MaskTree, PretrainingInputs } from './index.js';

// Browsers train it too: nothing of Node's is imported here.

/** The small model whose training was computed in float64 from the reference. */
export const goldenEncoder = encoderConfig('vit_tiny', goldenSizes);
export const goldenPredictor = predictorConfig(goldenEncoder, goldenPredictorSizes);

export const goldenModels = () => ({
  encoder: goldenParameters(encoderParameterShapes(goldenEncoder), { pos_embed: positionTable(goldenEncoder) }),
  predictor: goldenParameters(predictorParameterShapes(goldenPredictor), {
    predictor_pos_embed: positionTable(goldenPredictor),
  }),
});

/** Scalars of a step. */
type Scalars = Record<'learningRate' | 'weightDecay' | 'momentum' | 'step' | 'clipNorm', number>;

/** Masks of the golden run, as tensors in memory. */
export const goldenMaskTree = (): HostTree<MaskTree> => {
  const masks = (lists: number[][][]) =>
    lists.map((list) => ({ shape: [list.length, list[0]!.length], data: Int32Array.from(list.flat()) }));
  return { context: masks(goldenMasks.context), target: masks(goldenMasks.target) };
};

/** Clips and masks of the golden run, and the given scalars, as step inputs. */
export function goldenInputs(scalars: Scalars): PretrainingInputs {
  return toTensors({ clips: goldenClips(), ...goldenMaskTree(), ...scalars });
}
