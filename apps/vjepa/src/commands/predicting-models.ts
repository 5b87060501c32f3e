import { loadPredictingModels, type PredictingModels } from '@vjepa/evaluation';
import { type Command, Option } from 'commander';
import { type ModelSource, type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { ENCODER_NAMES } from '../config/model-names.js';
import { planOf } from '../config/pretraining-plan.js';
import { encoderOf } from './features-from-command-line.js';
import { countOption } from './option-values.js';

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

/** Adds what commands that predict have to name an encoder and its predictor. */
export function addPredictingModelOptions(command: Command): Command {
  return command
    .option('--run <folder>', 'a run of yours: its newest checkpoint, with the sizes and clips it was trained with')
    .option('--checkpoint <file>', 'a model file with an encoder and its predictor')
    .option('--checkpoint-key <name>', 'the encoder in it for context and targets (default: as in training)')
    .addOption(
      new Option('--model <name>', 'the encoder it must hold (default: the one it holds)').choices(ENCODER_NAMES),
    )
    .option('--predictor <file>', 'the file of the predictor, where it is another')
    .option('--target <file>', 'the file of the encoder whose features are predicted, where it is another')
    .addOption(countOption('--num-heads', 'heads of the encoder, where no named one is as wide'))
    .addOption(countOption('--predictor-heads', 'of the predictor, where it is not 384 wide'))
    .addOption(countOption('--target-heads', 'of the encoder that --target names, where no named one is as wide'))
    .addOption(countOption('--resolution', 'side of the square frames, in pixels (default: as trained)'))
    .addOption(countOption('--frames', 'frames per clip (default: as trained)'))
    .addOption(countOption('--frame-step', 'frames of the video per frame of the clip (default: as trained)'));
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
