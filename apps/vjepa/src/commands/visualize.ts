import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, wholeNumber } from './option-values.js';
import { outputFile, PICTURE_ENDINGS } from './output-option.js';

/** `vjepa visualize`: pictures of what a run works with. */
export function visualizeCommand(): Command {
  return new Command('visualize')
    .description('pictures of what a run works with')
    .addCommand(masksCommand())
    .addCommand(featuresCommand());
}

function masksCommand(): Command {
  return addConfigOptions(new Command('masks'), { required: false })
    .option('--run <folder>', 'a run, for its config')
    .description('draw the masks of one training step: context blue, targets orange, neither grey')
    .addOption(outputFile('--output <file>', 'the picture to write', PICTURE_ENDINGS).default('masks.png'))
    .option('--step <n>', 'training step, from 0', wholeNumber(0), 0)
    .option('--samples <n>', 'clips of the batch to draw', wholeNumber(1), 3)
    .option('--token-pixels <n>', 'side of a token in pixels (with --video: that of a patch)', wholeNumber(2), 8)
    .option('--video <file>', 'draw over the frames of this video')
    .action(async (options) => {
      const { visualizeMasks } = await import('../visualize/visualize-masks.js');
      await visualizeMasks(options);
    });
}

function featuresCommand(): Command {
  const command = addConfigOptions(new Command('features'), { required: false })
    .description('draw an encoder’s patch features of a video as colours (principal components); a GIF moves')
    .requiredOption('--video <file>', 'the video; without --dense the clip in its middle is taken')
    .option('--run <folder>', 'a run, for its config and newest checkpoint')
    .option('--checkpoint <file>', 'a model file; sizes and clips are read off it, or, with --config, as that says')
    .option('--checkpoint-key <name>', 'the model in the checkpoint (default: target_encoder, else encoder)')
    .addOption(
      outputFile('--output <file>', 'the picture to write', [...PICTURE_ENDINGS, '.gif']).default('features.png'),
    )
    .option('--patch-pixels <n>', 'side of a patch in pixels', wholeNumber(2), 16)
    .option('--rate <n>', 'pictures per second of a GIF', wholeNumber(1), 4)
    .option('--dense', 'the whole video, in colours that stay the same over time, before a black background')
    .addOption(countOption('--frames', "with --dense: of a clip, fewer for a short video (default: the encoder's)"))
    .option('--background', 'with --dense: colours for the background, too');
  return addEngineOptions(command).action(async (options) => {
    const { visualizeFeatures } = await import('../visualize/visualize-features.js');
    await visualizeFeatures(options);
  });
}
