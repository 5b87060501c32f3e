import { type Command, Option } from 'commander';
import { ENCODER_NAMES } from '../config/model-names.js';
import { countOption } from './option-values.js';

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
