import { type Command, Option } from 'commander';
import { wholeNumber, wholeNumbers } from './option-values.js';

/** How a trained probe is used, as far as its file does not tell. */
export interface ProbeOptions {
  as?: 'trained' | 'hugging-face';
  head?: number;
  layers?: number[];
}

/** Adds what `classify` and `evaluate` are told of a trained probe. */
export function addProbeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--as <whose>', 'compute the probe as it was trained (default), or as transformers does').choices([
        'trained',
        'hugging-face',
      ]),
    )
    .option('--head <n>', 'which probe of a file that lists several (default: 0)', wholeNumber(0))
    .option(
      '--layers <blocks>',
      "blocks whose tokens the probe sees, such as 18,20,22,24 (default: its task's, else the last)",
      wholeNumbers(1),
    );
}
