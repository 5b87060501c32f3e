import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';
import { addModelOptions, addResultOptions } from './model-options.js';

const HELP = `
With --run or --checkpoint the encoder and its clips come from there and go before the config's; --set goes before both.
Without --config, configs/own/finetune.yaml is taken.

Examples:
  vjepa finetune --run runs/mine --train train.csv --val val.csv
  vjepa finetune --config configs/finetune/vitl16_ssv2_16x2x3.yaml --set data.dataset_train=train.csv ...
  ... --set pretrain.checkpoint=null         from random weights: a supervised start of the same encoder`;

/** `vjepa finetune`: train a pretrained encoder end to end on labelled videos. */
export function finetuneCommand(): Command {
  const command = addModelOptions(addConfigOptions(new Command('finetune'), { required: false })).description(
    'train a pretrained encoder and a classifier end to end on labelled videos',
  );
  addResultOptions(command, 'video', 'run', 'a fine-tuning').addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { fineTuneFromCommandLine } = await import('./fine-tune-from-command-line.js');
    await fineTuneFromCommandLine(options);
  });
}
