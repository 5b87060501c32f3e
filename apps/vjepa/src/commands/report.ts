import { Command } from 'commander';
import { addEngineOptions } from './engine-options.js';
import { wholeNumber } from './option-values.js';
import { outputFile } from './output-option.js';

/** `vjepa report`: one page about a run. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('write one HTML page about a run: curves, collapse indicators, masks, features, bad videos, config')
    .argument('<run>', 'run folder')
    .addOption(
      outputFile('--output <file>', 'the page to write; default: report.html in the run folder', ['.html', '.htm']),
    )
    .option('--clips <n>', 'videos to run the newest checkpoint on; 0: none', wholeNumber(0), 12)
    .option('--json', 'print JSON');
  return addEngineOptions(command).action(async (run: string, options) => {
    const { report } = await import('../report/report.js');
    await report(run, options);
  });
}
