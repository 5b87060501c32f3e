import { Command, Option } from 'commander';
import { ENCODER_NAMES } from '../config/model-names.js';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';
import { countOption, wholeNumber } from './option-values.js';
import { outputFile, PREDICTION_ENDINGS } from './output-option.js';
import { precisionOption } from './precision-option.js';
import { addProbeOptions } from './probe-options.js';

const HELP = `
A folder of Hugging Face's holds encoder, classifier and the names of its classes. Every other probe is a file of its own:
V-JEPA's, V-JEPA 2's, or what vjepa evaluate has left beside its results, whose clips and class names are then taken.

A published probe is known by its number of classes, and looks at videos as its task is evaluated: Something-Something v2 at
2 clips and 3 views, Diving48 at 4 clips of 32 frames, through four layers. Probabilities are averaged over all looks.

Examples:
  vjepa classify --checkpoint vitl.pt --probe ssv2-vitl-16x2x3.pt --classes labels.json --input video.mp4
  vjepa classify --checkpoint vjepa2-vitl-fpc16-256-ssv2 --input ~/Videos --output answers.jsonl
  vjepa classify --run runs/mine --probe runs/mine/video_classification_frozen/jepa-latest.pth.tar --input clips`;

/** `vjepa classify`: what is in videos or pictures. */
export function classifyCommand(): Command {
  const command = addProbeOptions(
    new Command('classify')
      .description('what is in videos or pictures, by a trained probe')
      .option('--run <folder>', 'a run of yours: its newest checkpoint')
      .option('--checkpoint <path>', "a model file, or a folder of Hugging Face's")
      .option('--checkpoint-key <name>', 'the model in it (default: target_encoder, else encoder)')
      .addOption(new Option('--model <name>', 'the encoder it must hold').choices(ENCODER_NAMES))
      .option('--probe <path>', 'the trained probe (default: the classifier in the checkpoint)')
      .requiredOption('--input <path...>', 'videos, pictures, folders, lists, tar shards, patterns'),
  )
    .option('--classes <file>', 'names of the classes in label order: one a line, or JSON')
    .addOption(countOption('--top', 'classes to name for each file').default(5))
    .addOption(outputFile('--output <file>', 'write all probabilities, one JSON object a line', PREDICTION_ENDINGS))
    .addOption(new Option('--kind <what>', 'what to take where there are both').choices(['video', 'image']))
    .addOption(countOption('--frames', "frames per clip (default: its task's, else the encoder's)"))
    .addOption(countOption('--frame-step', "frames of the video per frame of the clip (default: its task's, else 4)"))
    .addOption(countOption('--clips', "clips, spread over the video (default: its task's, else 1)"))
    .addOption(countOption('--views', "crops of each clip along its long side (default: its task's, else 1)"))
    .addOption(countOption('--num-heads', 'attention heads of the encoder, where nothing else tells'))
    .addOption(
      countOption('--probe-heads', "attention heads of the probe (default: 16 of V-JEPA 2's, else the encoder's)"),
    )
    .addOption(precisionOption())
    .addOption(decoderOption())
    .option('--workers <n>', 'decoding threads', wholeNumber(1, 1024), 1)
    .option('--json', 'print the likeliest classes as JSON')
    .addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { classifyFromCommandLine } = await import('./classify-from-command-line.js');
    await classifyFromCommandLine(options);
  });
}
