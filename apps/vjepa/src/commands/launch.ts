import { Command } from 'commander';
import { wholeNumber } from './option-values.js';

/** Commands that know themselves how to go on when they are started again. */
const KNOW_RESTARTS = ['pretrain', 'evaluate'];
const EXISTING = ['--resume', '--overwrite'];

/** `vjepa launch`: another command, as every host of a run. */
export function launchCommand(): Command {
  return new Command('launch')
    .description('start a command as every host of a run, and all of them again when one has died')
    .argument('<command...>', 'a command of vjepa, such as: pretrain --config FILE --run FOLDER')
    .passThroughOptions()
    .option('--hosts <hosts>', 'how many processes on this machine, or names of machines: node1,node2', '1')
    .option('--restarts <n>', 'how often all are started again, to go on where they were', wholeNumber(0), 10)
    .option('--ssh <command>', 'what runs a command on another machine', 'ssh -o BatchMode=yes')
    .option('--port <n>', 'of host 0, for the others (default: one that is free)', wholeNumber(1, 65_535))
    .action(async (words: string[], options, { parent }: Command) => {
      const { launch } = await import('@vjepa/hosts');
      const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...words];
      const isAdded = !KNOW_RESTARTS.includes(words[0] ?? '') && canResume(parent, words[0]);
      const again = () => (isAdded ? [...command.filter((word) => !EXISTING.includes(word)), '--resume'] : command);
      process.exitCode = await launch({ ...options, command, again });
    });
}

function canResume(program: Command | null, name: string | undefined): boolean {
  const command = program?.commands.find((each) => each.name() === name);
  return command?.options.some(({ long }) => long === '--resume') ?? false;
}
