import { Command } from 'commander';
import { addEngineOptions } from './engine-options.js';
import { positive, wholeNumber } from './option-values.js';
import { outputFile, outputFolder } from './output-option.js';

/** `vjepa results`: the paper's comparisons, and a page about them. */
export function resultsCommand(): Command {
  const command = new Command('results')
    .description(
      "the paper's comparisons on generated videos: pretraining, probes, fine-tuning, and a page with a verdict on each claim",
    )
    .option('--full', 'every comparison, three seeds (days on two cores); default: the first ones, one seed')
    .option(
      '--length <n>',
      "updates of pretrainings, as a multiple of the config's; default: 0.5, with --full 1",
      positive,
    )
    .option('--config <file>', 'how encoders are pretrained', 'configs/pretrain/laptop.yaml')
    .addOption(
      outputFolder('--folder <folder>', 'videos, runs and numbers; a stopped experiment goes on from here').default(
        'runs/results',
      ),
    )
    .addOption(outputFile('--output <file>', 'the page; default: results.md in the folder', ['.md', '.markdown']))
    .option('--seeds <n>', 'independent repetitions, pretraining included', wholeNumber(1))
    .option('--first-seed <n>', 'of these; other machines take the others', wholeNumber(0))
    .option('--so-far', 'only the page, of what is in the folder by now; what is not measured is a dash')
    .option('--smoke', 'every comparison at a size that shows nothing but that it runs');
  return addEngineOptions(command).action(async (options) => {
    const { results } = await import('../results/results.js');
    await results(options);
  });
}
