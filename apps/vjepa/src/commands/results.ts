import { Command } from 'commander';
import { addEngineOptions } from './engine-options.js';
import { wholeNumber } from './option-values.js';
import { outputFile } from './output-option.js';

/** `vjepa results`: the generated benchmark's table. */
export function resultsCommand(): Command {
  const command = new Command('results')
    .description('the whole experiment on generated videos: pretraining, probes, fine-tuning, a table (half an hour)')
    .addOption(
      outputFile('--output <file>', 'document whose section is written', ['.md', '.markdown']).default(
        'docs/results.md',
      ),
    )
    .option('--folder <folder>', 'videos, runs and numbers; a stopped experiment goes on from here', 'runs/results')
    .option('--smoke', 'a tiny version that shows nothing but that everything runs')
    .option('--seeds <n>', 'independent repetitions, pretraining included', wholeNumber(1))
    .option('--pretrain-steps <n>', 'steps of pretraining', wholeNumber(1));
  return addEngineOptions(command).action(async (options) => {
    const { results } = await import('../results/results.js');
    await results(options);
  });
}
