import { Command, Option } from 'commander';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';

/** `vjepa parity`: compare with outputs of the reference. */
export function parityCommand(): Command {
  return addEngineOptions(new Command('parity'))
    .description('check every fixture folder that is or lies below the folders given')
    .argument('<folders...>', 'folders with fixtures (manifest.json, tensors.safetensors)')
    .option('--videos <folder>', 'videos that decoded-frames fixtures name')
    .addOption(decoderOption())
    .addOption(
      new Option('--dtype <name>', 'products; in bfloat16 losses are compared to 1 %, features to 5 % on average')
        .choices(['float32', 'bfloat16'])
        .default('float32'),
    )
    .option('--tf32', 'let a GPU round the operands of float32 products to TF32: how far off that is')
    .option('--json', 'print every comparison as JSON')
    .action(async (folders: string[], { dtype, tf32, ...options }) => {
      const { parityFromCommandLine } = await import('./parity-from-command-line.js');
      await parityFromCommandLine(folders, { ...options, precision: dtype, tensorFloat32: tf32 });
    });
}
