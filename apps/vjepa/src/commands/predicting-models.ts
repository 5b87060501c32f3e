import { loadPredictingModels, type PredictingModels } from '@vjepa/evaluation';
import { type ModelSource, type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { planOf } from '../config/pretraining-plan.js';
import { encoderOf } from './features-from-command-line.js';

/** How encoder and predictor are named. */
export interface PredictingModelFlags extends ModelSource {
  predictor?: string;
  target?: string;
  predictorHeads?: number;
  targetHeads?: number;
  resolution?: number;
  frames?: number;
  frameStep?: number;
}

/** Loads the models that are named, saying what there is to say about them. */
export async function predictingModels(
  options: PredictingModelFlags,
): Promise<{ model: PretrainedModel; models: PredictingModels }> {
  const { numHeads, resolution, frames } = options;
  const model = await pretrainedModel(options);
  // Whatever else the command has is not about the encoder.
  const sizes = { model: options.model, numHeads, resolution, frames };
  const models = await loadPredictingModels(model.checkpoint, {
    ...{ encoder: encoderOf(sizes, model, 'video'), key: model.key },
    ...{ predictor: options.predictor, target: options.target },
    ...{ numHeads, targetHeads: options.targetHeads },
    predictorHeads: options.predictorHeads ?? (model.config && planOf(model.config).predictor.numHeads),
  });
  for (const note of [model.description, ...models.notes]) process.stderr.write(`note: ${note}\n`);
  return { model, models };
}

/** Frames of the video per frame of a clip, as asked for or as the model was trained. */
export function spacingOf({ frameStep }: PredictingModelFlags, model: PretrainedModel) {
  const duration = frameStep === undefined ? (model.clipDuration ?? undefined) : undefined;
  return { frameStep: frameStep ?? model.frameStep, duration };
}
