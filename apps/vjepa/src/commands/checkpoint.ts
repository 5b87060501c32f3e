import { Command, Option } from 'commander';

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
        'a .pth.tar that the reference evaluates and resumes from: encoder, predictor, target_encoder, opt, epoch, …',
    )
    .argument('<source>', 'a .pth.tar, .pth, .pt or .safetensors file, or a run, for its newest checkpoint')
    .argument('<destination>', 'the file to write: .pth.tar, .pth, .pt or .safetensors')
    .option('--key <name>', 'only this model (target_encoder, encoder, predictor, classifier), under its plain names')
    .addOption(
      new Option('--names <whose>', 'rename V-JEPA 2 models: as Hugging Face has them, or as the original has').choices(
        ['original', 'hugging-face'],
      ),
    )
    .option('--overwrite', 'replace the destination if it is there')
    .option('--json', 'print what was written as JSON')
    .action(async (source: string, destination: string, options) => {
      const { convert } = await import('../checkpoint/convert.js');
      await convert(source, destination, options);
    });
}
