import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { decoderOption } from './decoder-option.js';
import { wholeNumber } from './option-values.js';
import { outputFile } from './output-option.js';

/** `vjepa validate`: is every video of an index usable? */
export function validateCommand(): Command {
  return new Command('validate')
    .description('check every video of an index; exits with 1 when one is bad')
    .requiredOption(
      '--index <path>',
      'list of videos (one line "path label" each, or a .npy array of paths), folder, glob or tar shards',
    )
    .addOption(
      outputFile('--output <file>', 'write a list of the good videos here, and a report beside it', ['.csv', '.txt']),
    )
    .option('--workers <n>', 'videos checked at the same time', wholeNumber(1), availableParallelism())
    .option('--quick', 'decode the first, middle and last frame only, instead of all')
    .option('--min-frames <n>', 'videos with fewer frames are bad', wholeNumber(1), 2)
    .option('--time-limit <seconds>', 'limit for decoding one video', wholeNumber(1), 120)
    .addOption(decoderOption())
    .option('--json', 'print the report as JSON')
    .action(async (options) => {
      const { validate } = await import('../validate/validate.js');
      process.exitCode = await validate(options);
    });
}
