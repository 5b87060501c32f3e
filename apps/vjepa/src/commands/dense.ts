import { Command, InvalidArgumentError, Option } from 'commander';
import { ENCODER_NAMES } from '../config/model-names.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, frameSize, positive, share, wholeNumber } from './option-values.js';
import { outputFolder } from './output-option.js';
import { precisionOption } from './precision-option.js';

const HELP = `
What the features of single patches tell, without fine-tuning:
  segmentation   a linear layer says the class of each pixel; mean IoU on ADE20K, PASCAL VOC or a folder of your own
  depth          a linear layer says the depth of each pixel; RMSE on NYU Depth v2
  show           what a layer that was trained so says of your pictures
  tracking       the first frame's objects are followed by nearest neighbours, nothing is trained; J and F on DAVIS 2017
What lies in the folders, and how far the protocols are those of published numbers: docs/evaluation.md, Dense.

Examples:
  vjepa dense segmentation --checkpoint vitl.pt --data ade20k --root ADEChallengeData2016 --resolution 512
  vjepa dense segmentation --run runs/mine --data folder --root mine --epochs 20 --lr 1e-3 3e-4
  vjepa dense depth --checkpoint vitl.pt --root nyu
  vjepa dense show --checkpoint vitl.pt --probe dense_nyu-depth/probe.safetensors --input ~/Pictures --output depths
  vjepa dense tracking --checkpoint vitl.pt --root DAVIS --save masks`;

/** `vjepa dense`: what patch features tell of pixels. */
export function denseCommand(): Command {
  return new Command('dense')
    .description('frozen dense evaluation: segmentation, depth, and objects followed through videos')
    .addHelpText('after', HELP)
    .addCommand(segmentationCommand())
    .addCommand(depthCommand())
    .addCommand(trackingCommand())
    .addCommand(showCommand());
}

function segmentationCommand(): Command {
  const command = addModel(new Command('segmentation'))
    .description('train linear layers on patch features for classes')
    .addOption(
      new Option('--data <set>', 'what lies in the folder')
        .choices(['ade20k', 'pascal-voc', 'folder'])
        .makeOptionMandatory(),
    );
  return addTraining(command, '0.5 2').action((options) =>
    run((commands) => commands.denseProbeFromCommandLine(options)),
  );
}

function depthCommand(): Command {
  const command = addModel(new Command('depth'))
    .description('train linear layers on patch features for depth')
    .option('--bins <n>', 'depths of which a pixel’s is a mean; 0: none (default: 256)', wholeNumber(0, 100_000))
    .option('--min-depth <metres>', 'least depth that counts (default: 0.001)', positive)
    .option('--max-depth <metres>', 'largest (default: 10)', positive);
  return addTraining(command, '1 1').action((options) =>
    run((commands) => commands.denseProbeFromCommandLine({ ...options, data: 'nyu-depth' })),
  );
}

function trackingCommand(): Command {
  const command = addModel(new Command('tracking'))
    .description('follow the objects of first frames by nearest neighbours')
    .option('--split <name>', 'list of videos in ImageSets/2017', 'val')
    .addOption(countOption('--side', 'pixels of the shorter side that the encoder sees').default(480))
    .addOption(countOption('--neighbours', 'patches whose labels are taken over').default(5))
    .option('--last-frames <n>', 'frames compared with, beside the first', wholeNumber(0), 7)
    .option('--radius <n>', 'patches that an object may move from frame to frame', wholeNumber(0), 12)
    .option('--temperature <t>', "of the neighbours' softmax", positive, 0.1)
    .addOption(outputFolder('--save <folder>', 'keep the masks of all frames: VIDEO/FRAME.png, objects by number'))
    .option('--json', 'print the results as JSON');
  return addEngineOptions(command).action((options) => run((commands) => commands.trackFromCommandLine(options)));
}

function showCommand(): Command {
  const command = addEncoder(new Command('show'))
    .description('what a trained layer says of pictures: a PNG for each, class numbers or millimetres of 16 bits')
    .requiredOption('--probe <file>', 'the probe.safetensors that segmentation or depth has left')
    .requiredOption('--input <path...>', 'pictures, folders, lists, patterns')
    .addOption(
      outputFolder('--output <folder>', 'where the PNGs go, by the names of the pictures').makeOptionMandatory(),
    );
  return addEngineOptions(command).action((options) => run((commands) => commands.showDenseFromCommandLine(options)));
}

/** Loads what the commands take, and runs one. */
async function run(command: (commands: typeof import('./dense-from-command-line.js')) => Promise<void>): Promise<void> {
  const { inDenseWords } = await import('./dense-option-names.js');
  await inDenseWords(async () => command(await import('./dense-from-command-line.js')));
}

function addModel(command: Command): Command {
  return addEncoder(command)
    .addOption(countOption('--layer', 'block whose features are used (default: the last)'))
    .requiredOption('--root <folder>', 'the data set');
}

function addEncoder(command: Command): Command {
  return command
    .option('--run <folder>', 'a run of yours: its newest checkpoint')
    .option('--checkpoint <file>', "a model's file, or a folder of Hugging Face's")
    .option('--checkpoint-key <name>', 'the model in it (default: target_encoder, else ema_encoder, else encoder)')
    .addOption(
      new Option('--model <name>', 'the encoder it must hold (default: the one it holds)').choices(ENCODER_NAMES),
    )
    .addOption(countOption('--num-heads', 'heads of the encoder, where no named one is as wide'))
    .addOption(precisionOption());
}

function addTraining(command: Command, scale: string): Command {
  command
    .option('--train <split>', "to train on (default: the set's training split)")
    .option('--val <split>', "to measure (default: the set's validation split)")
    .option(
      '--resolution <size>',
      'pixels that the encoder sees at once: the side of squares, or HEIGHTxWIDTH (default: as trained; NYU 480x640)',
      frameSize,
    )
    .option('--no-norm', 'no BatchNorm before the layer')
    .addOption(countOption('--epochs', 'default: 32, of depth 25'))
    .addOption(countOption('--batch-size', 'pictures of a step (default: 16)'))
    .option('--lr <rates...>', 'learning rates, a probe for each (default: 1e-3; of depth also 3e-4 and 1e-4)', numbers)
    .option('--wd <decays...>', 'weight decays, for each rate (default: 1e-4; of depth 1e-2 and 1e-3)', numbers)
    .option('--held-out <share>', 'of the training pictures, to choose among probes by (default: 0.05)', share)
    .option('--scale <factors...>', `least and largest size of drawn crops (default: ${scale})`, numbers)
    .option('--no-augment', "each picture's centre in place of drawn crops; its features are kept in memory")
    .addOption(countOption('--target-stride', 'pixels to one at which the loss is taken, for less memory (default: 1)'))
    .option('--seed <n>', 'decides everything random', wholeNumber(0), 0)
    .addOption(outputFolder('--output <folder>', "where it goes (default: dense_SET in the model's folder)"))
    .option('--resume', 'go on with an evaluation that was stopped')
    .option('--overwrite', 'start again in a folder that holds one')
    .option('--json', 'print the results as JSON');
  return addEngineOptions(command, { large: true });
}

/** Reads an option of several numbers from 0 on, one after the other. */
function numbers(text: string, before: readonly number[] | undefined): number[] {
  const value = Number(text);
  if (!(Number.isFinite(value) && value >= 0) || text.trim() === '') {
    throw new InvalidArgumentError('expected numbers of at least 0.');
  }
  return [...(before ?? []), value];
}
