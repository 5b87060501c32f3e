import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { wholeNumber } from './option-values.js';

/** `vjepa visualize`: pictures of what a run works with. */
export function visualizeCommand(): Command {
  return new Command('visualize').description('pictures of what a run works with').addCommand(masksCommand());
}

function masksCommand(): Command {
  return addConfigOptions(new Command('masks'))
    .description('draw the masks of one training step as a PNG: context blue, targets orange, neither grey')
    .option('--output <file>', 'the PNG to write', 'masks.png')
    .option('--step <n>', 'training step, from 0', wholeNumber(0), 0)
    .option('--samples <n>', 'clips of the batch to draw', wholeNumber(1), 3)
    .option('--token-pixels <n>', 'side of a token in pixels (with --video: that of a patch)', wholeNumber(2), 8)
    .option('--video <file>', 'draw over the frames of this video')
    .action(async (options) => {
      const { visualizeMasks } = await import('../visualize/visualize-masks.js');
      await visualizeMasks(options);
    });
}
