import { Command, Option } from 'commander';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, MASKS, positive, share, wholeNumber } from './option-values.js';
import { outputFile, outputFolder, PICTURE_ENDINGS } from './output-option.js';
import { precisionOption } from './precision-option.js';
import { addPredictingModelOptions } from './predicting-options.js';

const HELP = `
A small decoder is trained on the frozen predictor's features (train), and makes visible what these hold of videos it has not seen:
the clip, what the predictor sees of it, samples of the rest, and for comparison what the decoder makes of the target
encoder's features, which has seen all. What samples agree in, the predictions hold; where they differ, they leave it open.

Examples:
  vjepa decode train --run runs/mine --data train.csv --val val.csv
  vjepa decode --run runs/mine --input video.mp4 --output decoded.png
  vjepa decode --checkpoint vitl.pt --decoder pixel_decoder/decoder.safetensors --input video.mp4 --mask large-blocks --output decoded.gif`;

/** `vjepa decode`: from features back to pixels. */
export function decodeCommand(): Command {
  return new Command('decode')
    .description('from features back to pixels: what a predictor says of the hidden parts of videos, made visible')
    .addHelpText('after', HELP)
    .addCommand(trainCommand())
    .addCommand(showCommand(), { isDefault: true });
}

function trainCommand(): Command {
  const command = addPredictingModelOptions(new Command('train'))
    .description("train a decoder on a frozen predictor's features")
    .requiredOption('--data <path...>', 'videos to train on: folders, lists, tar shards, patterns')
    .option('--val <path...>', 'videos to decode afterwards, to say how well')
    .addOption(outputFolder('--output <folder>', "where it goes (default: pixel_decoder in the model's folder)"))
    .addOption(
      new Option('--masks <what...>', 'what is hidden (default: blocks large-blocks, as in pretraining)').choices(
        MASKS,
      ),
    )
    .option('--context <share>', 'of a clip that the mask future leaves, between 0 and 1', share)
    .option('--mask-index <n>', "mask token (default: the mask's; in V-JEPA 2 1, as published)", wholeNumber(0))
    .addOption(
      new Option('--features <which>', 'what is decoded (default: predictions)').choices(['predictions', 'targets']),
    )
    .addOption(countOption('--epochs', 'default: 100'))
    .addOption(countOption('--batch-size', 'clips of a step (default: 16)'))
    .addOption(countOption('--clips-per-video', 'clips of a video in an epoch (default: 1)'))
    .option('--lr <rate>', 'the largest learning rate (default: 5e-4)', positive)
    .option('--crop-scale <share>', 'smallest share of a frame that crops take; 1: its centre (default: 0.3)', positive)
    .addOption(countOption('--width', 'of the decoder (default: 384)'))
    .addOption(countOption('--depth', 'its blocks (default: 6)'))
    .addOption(countOption('--heads', 'its attention heads (default: 6)'))
    .option('--seed <n>', 'decides everything random', wholeNumber(0), 0)
    .addOption(precisionOption())
    .addOption(decoderOption('--video-decoder'))
    .option('--workers <n>', 'decoding threads', wholeNumber(1, 1024), 1)
    .option('--resume', 'go on with a training that was stopped')
    .option('--overwrite', 'start again in a folder that holds a decoder')
    .option('--json', 'print the results as JSON');
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { trainDecoderFromCommandLine } = await import('./decode-from-command-line.js');
    await trainDecoderFromCommandLine(options);
  });
}

function showCommand(): Command {
  const command = addPredictingModelOptions(new Command('show'))
    .description('decode what is hidden of videos (what vjepa decode does by itself)')
    .option('--decoder <file>', "a trained decoder (default: pixel_decoder/decoder.safetensors in the model's folder)")
    .requiredOption('--input <path...>', 'videos, folders, lists, tar shards, patterns; the clip in the middle of each')
    .addOption(outputFile('--output <file>', 'picture of one video', [...PICTURE_ENDINGS, '.gif']))
    .addOption(new Option('--mask <what>', 'what is hidden (default: as it was trained)').choices(MASKS))
    .option('--context <share>', 'of a clip that --mask future sees, between 0 and 1', share)
    .addOption(countOption('--samples', 'of each video').default(4))
    .addOption(countOption('--steps', 'from noise to pixels').default(32))
    .option('--seed <n>', 'draws noise and blocks', wholeNumber(0), 0)
    .addOption(precisionOption())
    .addOption(decoderOption('--video-decoder'))
    .option('--json', 'print the numbers as JSON');
  return addEngineOptions(command).action(async (options) => {
    const { decodeFromCommandLine } = await import('./decode-from-command-line.js');
    await decodeFromCommandLine(options);
  });
}
