import { type AdamWSettings, optimize, optimizerSchedule } from '@vjepa/optim';
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

/**
 * One update of encoder and predictor: clipped apart from each other, then AdamW.
 *
 * @returns both models and their moments, as a step's state has them, and the norms of their gradients before clipping
 */
export function updateModels(
  state: TrainedModels & Pick<PretrainingState, 'expAvg' | 'expAvgSq'>,
  gradients: TrainedModels,
  inputs: Parameters<typeof optimizerSchedule>[0],
  { adamW, predictorLearningRateScale = 1 }: UpdateSettings,
) {
  const schedule = optimizerSchedule(inputs);
  const update = (model: keyof TrainedModels) => {
    const slots = { parameters: state[model], expAvg: state.expAvg[model], expAvgSq: state.expAvgSq[model] };
    const scale = model === 'predictor' ? predictorLearningRateScale : 1;
    return optimize(slots, gradients[model], schedule, { adamW, learningRateScale: () => scale });
  };
  const [encoder, predictor] = [update('encoder'), update('predictor')];
  return {
    updated: { encoder: encoder.parameters, predictor: predictor.parameters },
    moments: {
      expAvg: { encoder: encoder.expAvg, predictor: predictor.expAvg },
      expAvgSq: { encoder: encoder.expAvgSq, predictor: predictor.expAvgSq },
    },
    norms: { encoderGradNorm: encoder.norm, predictorGradNorm: predictor.norm },
  };
}
