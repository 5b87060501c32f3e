import * as tf from '@tensorflow/tfjs-core';
import { type AdamWSettings, globalNorm, optimize, optimizerSchedule } from '@vjepa/optim';
import type { PretrainingState, TrainedModels } from './pretraining-state.js';

/** How encoder and predictor are updated. */
export interface UpdateSettings {
  adamW?: AdamWSettings | undefined;
  /**
   * Factor of the predictor's learning rate. Default 1, as published. A predictor that learns faster than its targets change
   * stays close to the best one, which is what keeps features that are learned without negatives from collapsing (Tian, Chen
   * and Ganguli 2021).
   */
  predictorLearningRateScale?: number | undefined;
}

/** The schedules' values for an update, and how a step is told that it sees a part of a batch. */
export type UpdateInputs = {
  /**
   * Gradient accumulation: this part's share of the batch's clips. A part without `learningRate` only adds its gradients to the
   * state's sums, which `initialGradients` makes; the last part has it, updates the models and clears the sums.
   */
  share?: tf.Tensor | undefined;
} & Partial<Parameters<typeof optimizerSchedule>[0]>;

/** The update of a step, or what a part of a batch adds to it. */
interface Update {
  /** Whether the models are updated, which only the last part of a batch does. */
  isLast: boolean;
  /** Encoder and predictor after it. */
  updated: TrainedModels;
  /** The branches of the state that it changes. */
  state: Partial<PretrainingState>;
  /** Gradients of the batch, or of the parts so far. */
  gradients: TrainedModels;
  /** Their norms before clipping. */
  norms: { encoderGradNorm: tf.Tensor; predictorGradNorm: tf.Tensor };
}

/**
 * One update of encoder and predictor: clipped apart from each other, then AdamW.
 *
 * @param own gradients of the clips of this step
 * @throws on use, if the state lacks the sums of a batch that comes in parts
 */
export function updateModels(
  state: TrainedModels & Pick<PretrainingState, 'expAvg' | 'expAvgSq' | 'gradient'>,
  own: TrainedModels,
  inputs: UpdateInputs,
  { adamW, predictorLearningRateScale = 1 }: UpdateSettings,
): Update {
  const { share } = inputs;
  const gradients = share === undefined ? own : addedUp(state.gradient, own, share);
  if (share !== undefined && inputs.learningRate === undefined) {
    const norm = (model: keyof TrainedModels) => globalNorm(Object.values(gradients[model]));
    const norms = { encoderGradNorm: norm('encoder'), predictorGradNorm: norm('predictor') };
    const { encoder, predictor } = state;
    return { isLast: false, updated: { encoder, predictor }, state: { gradient: gradients }, gradients, norms };
  }
  const schedule = optimizerSchedule(inputs);
  const update = (model: keyof TrainedModels) => {
    const slots = { parameters: state[model], expAvg: state.expAvg[model], expAvgSq: state.expAvgSq[model] };
    const scale = model === 'predictor' ? predictorLearningRateScale : 1;
    return optimize(slots, gradients[model], schedule, { adamW, learningRateScale: () => scale });
  };
  const [encoder, predictor] = [update('encoder'), update('predictor')];
  const updated = { encoder: encoder.parameters, predictor: predictor.parameters };
  return {
    isLast: true,
    updated,
    state: {
      ...updated,
      expAvg: { encoder: encoder.expAvg, predictor: predictor.expAvg },
      expAvgSq: { encoder: encoder.expAvgSq, predictor: predictor.expAvgSq },
      ...(share !== undefined && { gradient: mapModels(gradients, (gradient) => tf.zerosLike(gradient)) }),
    },
    gradients,
    norms: { encoderGradNorm: encoder.norm, predictorGradNorm: predictor.norm },
  };
}

/** The sums so far and this part's gradients. */
function addedUp(sums: TrainedModels | undefined, own: TrainedModels, share: tf.Tensor): TrainedModels {
  if (sums === undefined) throw new Error("the step needs the state 'gradient', where a batch comes in parts");
  return mapModels(own, (gradient, model, name) => tf.add(sums[model][name]!, tf.mul(gradient, share)));
}

function mapModels(
  models: TrainedModels,
  map: (tensor: tf.Tensor, model: keyof TrainedModels, name: string) => tf.Tensor,
): TrainedModels {
  const mapped = (model: keyof TrainedModels) =>
    Object.fromEntries(Object.entries(models[model]).map(([name, tensor]) => [name, map(tensor, model, name)]));
  return { encoder: mapped('encoder'), predictor: mapped('predictor') };
}
