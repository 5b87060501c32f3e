import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { wholeNumber } from './option-values.js';
import { outputFolder } from './output-option.js';

/** `vjepa prepare`: a copy of a data set that trains faster. */
export function prepareCommand(): Command {
  return new Command('prepare')
    .description('copy the videos of an index small and quick to seek in; goes on where it was interrupted')
    .requiredOption(
      '--index <path>',
      'list of videos (one line "path label" each, or a .npy array of paths), folder, glob or tar shards',
    )
    .addOption(outputFolder('--output <folder>', 'folder for the copies and their index.csv').makeOptionMandatory())
    .option('--short-side <pixels>', 'shorter side of a copy; smaller videos keep their size', wholeNumber(16), 256)
    .option('--gop <frames>', 'frames between key frames: fewer seek faster and take more space', wholeNumber(1), 12)
    .option('--crf <n>', 'x264 quality, 0 (lossless) to 51', wholeNumber(0), 20)
    .option('--workers <n>', 'videos copied at the same time', wholeNumber(1), availableParallelism())
    .option('--time-limit <seconds>', 'limit for one video', wholeNumber(1), 600)
    .addOption(
      new Option('--ffmpeg <which>', 'cli: the ffmpeg on the PATH, or FFMPEG_PATH; wasm: the one that comes with vjepa')
        .choices(['auto', 'cli', 'wasm'])
        .default('auto'),
    )
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { prepare } = await import('../prepare/prepare.js');
      process.exitCode = await prepare(options);
    });
}
