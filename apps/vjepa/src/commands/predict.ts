import { Command, Option } from 'commander';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, MASKS, share, wholeNumber } from './option-values.js';
import { outputFile, PICTURE_ENDINGS } from './output-option.js';
import { precisionOption } from './precision-option.js';
import { addPredictingModelOptions } from './predicting-options.js';

const HELP = `
Of each clip the tokens that the mask leaves are encoded by themselves; the predictor says what features are at the others, and
the target encoder, which sees the whole clip, what is there. Their mean distance is the surprise of a time step. It has no
unit: compare it with that for predicting the mean of the clip's features, which stands beside it, and with other times and
videos, under one model and mask (docs/evaluation.md).

  --mask future        the clip's end from its beginning (--context, a share of it)
  --mask blocks        eight small blocks all along the clip, drawn from --seed, from what is around them
  --mask large-blocks  two large ones

Examples:
  vjepa predict --run runs/mine --input video.mp4 --output surprise.csv --picture surprise.png
  vjepa predict --checkpoint vitl.pt --input ~/Videos --mask blocks --output surprise.json`;

/** `vjepa predict`: how far the features of videos are from what a predictor expects. */
export function predictCommand(): Command {
  const command = addPredictingModelOptions(new Command('predict'))
    .description('how surprising videos are: features of a future or masked part, predicted and seen')
    .requiredOption('--input <path...>', 'videos, folders, lists, tar shards, patterns')
    .option('--no-recursive', "a folder's own files only")
    .addOption(new Option('--mask <what>', 'what is predicted').choices(MASKS).default('future'))
    .option('--context <share>', 'of a clip that --mask future sees, between 0 and 1', share, 0.5)
    .option('--seed <n>', 'what draws blocks', wholeNumber(0), 0)
    .option(
      '--mask-index <n>',
      "mask token (default: the mask's in V-JEPA; in V-JEPA 2 1, as published)",
      wholeNumber(0),
    )
    .addOption(
      new Option(
        '--positions <how>',
        'where the predictor of V-JEPA 2 takes tokens to be; published: as its code for use',
      )
        .choices(['clip', 'published'])
        .default('clip'),
    )
    .addOption(countOption('--every', 'time steps from one clip to the next (default: each is predicted once)'))
    .addOption(outputFile('--output <file>', "file for each time step's numbers", ['.json', '.csv']))
    .addOption(outputFile('--features <file>', 'file for predictions and targets', ['.safetensors']))
    .addOption(outputFile('--picture <file>', 'picture of one video', [...PICTURE_ENDINGS, '.gif']))
    .addOption(precisionOption())
    .addOption(decoderOption())
    .option('--json', 'print the numbers as JSON')
    .addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { predictFromCommandLine } = await import('./predict-from-command-line.js');
    await predictFromCommandLine(options);
  });
}
