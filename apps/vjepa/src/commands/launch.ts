import { Command } from 'commander';
import { wholeNumber } from './option-values.js';

/** `vjepa launch`: another command, as every host of a run. */
export function launchCommand(): Command {
  return new Command('launch')
    .description('start a command as every host of a run, and all of them again when one has died')
    .argument('<command...>', 'a command of vjepa, such as: pretrain --config FILE --run FOLDER')
    .passThroughOptions()
    .option('--hosts <hosts>', 'how many processes on this machine, or names of machines: node1,node2', '1')
    .option('--restarts <n>', 'how often all are started again, with --resume', wholeNumber(0), 10)
    .option('--ssh <command>', 'what runs a command on another machine', 'ssh -o BatchMode=yes')
    .option('--port <n>', 'of host 0, for the others (default: one that is free)', wholeNumber(1, 65_535))
    .action(async (words: string[], options, { parent }: Command) => {
      const { launch } = await import('@vjepa/hosts');
      const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...words];
      const named = parent?.commands.find((each) => each.name() === words[0]);
      const canResume = named?.options.some(({ long }) => long === '--resume');
      const kept = command.filter((word) => word !== '--overwrite' && word !== '--resume');
      const again = () => (canResume ? [...kept, '--resume'] : command);
      process.exitCode = await launch({ ...options, command, again });
    });
}
