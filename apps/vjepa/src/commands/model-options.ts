import type { Command } from 'commander';
import { outputFolder } from './output-option.js';

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
