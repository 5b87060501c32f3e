import { Command } from 'commander';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions } from './engine-options.js';

/** `vjepa parity`: compare with outputs of the reference. */
export function parityCommand(): Command {
  return addEngineOptions(new Command('parity'))
    .description('check every fixture folder that is or lies below the folders given')
    .argument('<folders...>', 'folders with fixtures (manifest.json, tensors.safetensors)')
    .option('--videos <folder>', 'videos that decoded-frames fixtures name')
    .addOption(decoderOption())
    .option('--json', 'print every comparison as JSON')
    .action(async (folders: string[], options) => {
      const { parity } = await import('../parity/parity.js');
      await parity(folders, options);
    });
}
