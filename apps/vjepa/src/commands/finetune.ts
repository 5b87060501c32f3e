import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';
import { wholeNumber } from './option-values.js';

/** `vjepa finetune`: train a pretrained encoder end to end on labelled videos. */
export function finetuneCommand(): Command {
  const command = addConfigOptions(new Command('finetune'))
    .description('train a pretrained encoder and a classifier end to end on labelled videos')
    .option('--run <folder>', 'where results go (default: beside the checkpoint)')
    .option('--predictions <file>', 'write every validation video’s probabilities, one JSON object a line')
    .option('--allow-missing <n>', 'videos that may be missing or unreadable; they count as wrong', wholeNumber(0), 0)
    .option('--resume', 'go on with a run that was stopped')
    .option('--json', 'print every result as JSON, per class and confusion matrix included');
  return addEngineOptions(command).action(async (options) => {
    const { fineTuneFromCommandLine } = await import('../finetune/fine-tune-from-command-line.js');
    await fineTuneFromCommandLine(options);
  });
}
