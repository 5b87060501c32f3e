import { Command, Option } from 'commander';
import { wholeNumber } from './option-values.js';

/** `vjepa checkpoint`: what is in a model file, and other formats of it. */
export function checkpointCommand(): Command {
  return new Command('checkpoint')
    .description('look into model files (.pth.tar, safetensors) and convert them')
    .addCommand(inspectCommand())
    .addCommand(convertCommand());
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('what a file holds: which models, keys, tensors, types, sizes; reads no tensor and runs nothing')
    .argument(
      '<file>',
      'a .pth.tar, .pth, .pt or .safetensors file, a Hugging Face folder, or a run, for its newest checkpoint',
    )
    .option('--tensors', 'list every tensor with its type and shape')
    .option('--json', 'print everything as JSON')
    .action(async (file: string, options) => {
      const { inspect } = await import('../checkpoint/inspect.js');
      await inspect(file, options);
    });
}

function convertCommand(): Command {
  return new Command('convert')
    .description(
      'rewrite a file in the format that the destination’s name ends in, value for value. A checkpoint of a run becomes ' +
        'a .pth.tar that the reference evaluates and resumes from: encoder, predictor, target_encoder, opt, epoch, …; ' +
        'V-JEPA 2 becomes a folder that transformers load, and such a folder a file as the released ones are',
    )
    .argument(
      '<source>',
      'a .pth.tar, .pth, .pt or .safetensors file, a Hugging Face folder, or a run, for its newest checkpoint',
    )
    .argument(
      '<destination>',
      'the file to write: .pth.tar, .pth, .pt or .safetensors; with Hugging Face’s names a folder',
    )
    .option('--key <name>', 'only this model (target_encoder, encoder, predictor, classifier), under its plain names')
    .addOption(
      new Option('--names <whose>', 'rename V-JEPA 2 models: as Hugging Face has them, or as the original has').choices(
        ['original', 'hugging-face'],
      ),
    )
    .option('--probe <file>', 'into a Hugging Face folder: the probe that makes it a classification model')
    .option('--labels <file>', 'likewise: what its classes are called, one a line or JSON')
    .addOption(
      size('--resolution', 'likewise: side of the frames in pixels (default: as an unread table tells, else 256)'),
    )
    .addOption(size('--frames', 'likewise: frames of a clip (default: likewise, else 64)'))
    .addOption(size('--num-heads', 'likewise: attention heads (default: those of the named encoder of that width)'))
    .addOption(size('--predictor-heads', 'likewise, of the predictor (default: 12)'))
    .option('--is-vjepa2', 'likewise: that it is V-JEPA 2, where no tensor tells it from V-JEPA')
    .option('--overwrite', 'replace the destination if it is there')
    .option('--json', 'print what was written as JSON')
    .action(async (source: string, destination: string, options) => {
      const { convert } = await import('../checkpoint/convert.js');
      await convert(source, destination, options);
    });
}

function size(flag: string, description: string): Option {
  return new Option(`${flag} <n>`, description).argParser(wholeNumber(1));
}
