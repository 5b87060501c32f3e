import type { Command } from 'commander';
import { wholeNumber } from './option-values.js';
import { outputFile, outputFolder, PREDICTION_ENDINGS } from './output-option.js';

/** Adds what `evaluate` and `finetune` have to name an encoder, videos and a place for results. */
export function addModelOptions(command: Command): Command {
  return command
    .option('--run <folder>', 'a run of yours: its newest checkpoint, with the sizes and clips it was trained with')
    .option('--checkpoint <file>', 'a model file, or one checkpoint of the run; sizes and clips are read off it')
    .option('--checkpoint-key <name>', 'the model in it (default: target_encoder, else encoder)')
    .option('--train <list>', 'labelled videos to train on: data.dataset_train')
    .option('--val <list>', 'labelled videos to validate on: data.dataset_val')
    .option('--test <list>', 'labelled videos to look at once, after training: data.dataset_test')
    .addOption(
      outputFolder('--output <folder>', 'where results go (default: in the folder of the run or the checkpoint)'),
    );
}

/** Adds what becomes of results, of an earlier run in their place and of bad samples, in `evaluate` and `finetune`. */
export function addResultOptions(command: Command, sample: string, work: string, run: string): Command {
  const predictions = `write every validation ${sample}’s probabilities, one JSON object a line`;
  return command
    .addOption(outputFile('--predictions <file>', predictions, PREDICTION_ENDINGS))
    .option(
      '--allow-missing <n>',
      `${sample}s that may be missing or unreadable; they count as wrong`,
      wholeNumber(0),
      0,
    )
    .option('--resume', `go on with a ${work} that was stopped`)
    .option('--overwrite', `start again in a folder that holds ${run}`)
    .option('--json', 'print every result as JSON, per class and confusion matrix included');
}
