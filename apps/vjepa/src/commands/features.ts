import { Command, Option } from 'commander';
import { ENCODER_NAMES } from '../config/model-names.js';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, frameSize, wholeNumber, wholeNumbers } from './option-values.js';
import { FEATURE_ENDINGS, outputFile } from './output-option.js';
import { precisionOption } from './precision-option.js';

const HELP = `
The output is a tensor, features:
  one video or picture     [N, D]: N tokens of width D, time slowest, through the encoder's last norm
  a folder, list, …        [M, N, D], M files in the order of "files"; labels [M], where the list has some
  --pool frames            [T', D]: the mean of each time step, which is a tubelet of 2 frames
  --pool mean              [D]: the mean of all tokens
  --layers 6,12            their D side by side, each through its norm
  --clips K or --views V   [..., K, V, N, D]
A .safetensors file has files, frames, left-out files, the grid [T', H', W'] of the N tokens, layers, pooling and encoder in
its metadata, a .npy file has them in NAME.npy.json beside it.

Files that cannot be read are listed and left out. What was stopped or killed goes on with the same command.

With --prefix no token sees the future: each time step is encoded with those before it alone, at its place in the whole
clip, as encoders are trained on parts of clips. It is exact, and costs as much as (T' + 1) / 2 clips.

A video is seen through its centre clip: for a model of 16 frames, 16 over 64, from frame floor((n - 64) / 2) of n, resized
and cropped as the reference does at test time; with --resolution 256x448 to that shape. Clips for V-JEPA 2 and 2.1 show 4
frames a second. A picture is repeated along time, for V-JEPA 2 at most 16 times; V-JEPA 2.1 sees it as it is.

Examples:
  vjepa features --run runs/mine --input ~/Videos --output features.npy
  vjepa features --checkpoint vitl.pt --input clip.mp4 --pool frames --prefix --output clip.npy
  vjepa features --checkpoint vitl16.pth.tar --input train.csv --pool mean --output train.safetensors`;

const POOLINGS = ['none', 'frames', 'mean'];

/** `vjepa features`: frozen features of videos and pictures. */
export function featuresCommand(): Command {
  const command = new Command('features')
    .description('frozen features of videos or pictures: files, folders, lists')
    .option('--run <folder>', 'a run of yours: its newest checkpoint, with the sizes and clips it was trained with')
    .option('--checkpoint <file>', "a model's file, or a folder of Hugging Face's; sizes and clips are read off it")
    .option('--checkpoint-key <name>', 'the model in it (default: target_encoder, else ema_encoder, else encoder)')
    .addOption(
      new Option('--model <name>', 'the encoder it must hold (default: the one it holds)').choices(ENCODER_NAMES),
    )
    .requiredOption('--input <path...>', 'videos, pictures, folders, lists "path label", tar shards, patterns')
    .option('--recursive', 'take the folders below a folder, too (as happens anyway)', true)
    .option('--no-recursive', "a folder's own files only")
    .addOption(new Option('--kind <what>', 'what to take where there are both').choices(['video', 'image']))
    .addOption(outputFile('--output <file>', 'file to write', FEATURE_ENDINGS).makeOptionMandatory())
    .option(
      '--resolution <size>',
      'of the frames: the side of squares, or HEIGHTxWIDTH (default: as trained)',
      frameSize,
    )
    .addOption(countOption('--frames', 'frames per clip (default: as trained)'))
    .addOption(
      countOption(
        '--frame-step',
        "frames of the video per frame of the clip (default: the run's, else 4, of V-JEPA 2 as many as make 4 a second)",
      ),
    )
    .addOption(countOption('--clips', 'clips, spread over the video').default(1))
    .addOption(countOption('--views', 'crops of each clip along its long side').default(1))
    .addOption(countOption('--patch-size', 'with --model, where the encoder differs from the named one'))
    .addOption(countOption('--tubelet-size', 'likewise'))
    .addOption(countOption('--embed-dim', 'likewise'))
    .addOption(countOption('--depth', 'likewise'))
    .addOption(countOption('--num-heads', 'likewise'))
    .option('--layers <list>', 'blocks, counted from 1, side by side: 6,12,18,24 (default: the last)', wholeNumbers(1))
    .addOption(
      new Option('--pool <how>', 'average the tokens of each time step, or all').choices(POOLINGS).default('none'),
    )
    .option('--prefix', 'encode each time step with those before it alone: no token sees the future')
    .addOption(precisionOption())
    .addOption(decoderOption())
    .option('--workers <n>', 'decoding threads', wholeNumber(1, 1024), 1)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { featuresFromCommandLine } = await import('./features-from-command-line.js');
    await featuresFromCommandLine(options);
  });
}
