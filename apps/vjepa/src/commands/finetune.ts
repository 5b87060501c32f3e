import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';
import { addModelOptions } from './model-options.js';
import { wholeNumber } from './option-values.js';
import { outputFile, PREDICTION_ENDINGS } from './output-option.js';

const HELP = `
With --run or --checkpoint the encoder and its clips come from there and go before the config's; --set goes before both.
Without --config, configs/own/finetune.yaml is taken.

Examples:
  vjepa finetune --run runs/mine --train train.csv --val val.csv
  vjepa finetune --config configs/finetune/vitl16_ssv2_16x2x3.yaml --set data.dataset_train=train.csv ...`;

/** `vjepa finetune`: train a pretrained encoder end to end on labelled videos. */
export function finetuneCommand(): Command {
  const command = addModelOptions(addConfigOptions(new Command('finetune'), { required: false }))
    .description('train a pretrained encoder and a classifier end to end on labelled videos')
    .addOption(
      outputFile(
        '--predictions <file>',
        'write every validation video’s probabilities, one JSON object a line',
        PREDICTION_ENDINGS,
      ),
    )
    .option('--allow-missing <n>', 'videos that may be missing or unreadable; they count as wrong', wholeNumber(0), 0)
    .option('--resume', 'go on with a run that was stopped')
    .option('--overwrite', 'start again in a folder that holds a fine-tuning')
    .option('--json', 'print every result as JSON, per class and confusion matrix included')
    .addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { fineTuneFromCommandLine } = await import('./fine-tune-from-command-line.js');
    await fineTuneFromCommandLine(options);
  });
}
