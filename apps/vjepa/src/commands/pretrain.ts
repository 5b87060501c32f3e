import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';

/** `vjepa pretrain`: train an encoder on unlabelled videos. */
export function pretrainCommand(): Command {
  const command = addConfigOptions(new Command('pretrain'), { required: false })
    .description('pretrain an encoder on videos by predicting masked features')
    .option('--run <folder>', 'run folder (default: logging.folder of the config)')
    .option('--resume', 'continue the run in the folder from its newest checkpoint')
    .option('--overwrite', 'start again in a folder that holds a run')
    .option('--from <path>', 'begin with the weights of a run or of a checkpoint (meta.from)')
    .option('--dry-run', 'print the model the config describes and its size, and run nothing')
    .option('--json', 'with --dry-run: print JSON');
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { pretrainFromCommandLine } = await import('./pretrain-from-command-line.js');
    process.exitCode = await pretrainFromCommandLine(options);
  });
}
