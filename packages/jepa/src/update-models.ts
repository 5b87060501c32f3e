import { type AdamWSettings, optimize, optimizerSchedule } from '@vjepa/optim';
import type { PretrainingState, TrainedModels } from './pretraining-state.js';

/** One update of encoder and predictor: clipped apart from each other, then AdamW. */
export function updateModels(
  state: TrainedModels & Pick<PretrainingState, 'expAvg' | 'expAvgSq'>,
  gradients: TrainedModels,
  inputs: Parameters<typeof optimizerSchedule>[0],
  adamW: AdamWSettings | undefined,
) {
  const schedule = optimizerSchedule(inputs);
  const update = (model: keyof TrainedModels) => {
    const slots = { parameters: state[model], expAvg: state.expAvg[model], expAvgSq: state.expAvgSq[model] };
    return optimize(slots, gradients[model], schedule, { adamW });
  };
  return { encoder: update('encoder'), predictor: update('predictor') };
}
