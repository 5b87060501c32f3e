import { Command, CommanderError } from 'commander';
import { reasonOf } from './command-error.js';
import { benchCommand } from './commands/bench.js';
import { checkpointCommand } from './commands/checkpoint.js';
import { classifyCommand } from './commands/classify.js';
import { completionCommand } from './commands/completion.js';
import { decodeCommand } from './commands/decode.js';
import { demoCommand } from './commands/demo.js';
import { denseCommand } from './commands/dense.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { featuresCommand } from './commands/features.js';
import { finetuneCommand } from './commands/finetune.js';
import { launchCommand } from './commands/launch.js';
import { parityCommand } from './commands/parity.js';
import { planCommand } from './commands/plan.js';
import { predictCommand } from './commands/predict.js';
import { prepareCommand } from './commands/prepare.js';
import { pretrainCommand } from './commands/pretrain.js';
import { reportCommand } from './commands/report.js';
import { resultsCommand } from './commands/results.js';
import { runtimeCommand } from './commands/runtime.js';
import { validateCommand } from './commands/validate.js';
import { visualizeCommand } from './commands/visualize.js';
import { guardOutput } from './display/guarded-output.js';
import { requireAlone } from './hosts/require-alone.js';
import { rememberInvocation } from './invocation.js';
import { packageVersion } from './package-version.js';

/** The `vjepa` program with all its commands. Commands load what they need when they run, so `--help` is quick. */
export function createProgram(): Command {
  const program = new Command('vjepa')
    .description('V-JEPA: self-supervised learning from video. Pretrain, look, check.')
    .version(packageVersion())
    .showHelpAfterError('(run the command with --help for its options)')
    .enablePositionalOptions()
    .exitOverride();
  const commands = [
    benchCommand,
    checkpointCommand,
    classifyCommand,
    decodeCommand,
    demoCommand,
    denseCommand,
    doctorCommand,
    evaluateCommand,
    featuresCommand,
    finetuneCommand,
    launchCommand,
    parityCommand,
    planCommand,
    predictCommand,
    prepareCommand,
    pretrainCommand,
    reportCommand,
    resultsCommand,
    runtimeCommand,
    validateCommand,
    visualizeCommand,
  ];
  for (const command of commands) program.addCommand(command());
  program.hook('preAction', (_program, action) => requireAlone(action.name()));
  return program.addCommand(completionCommand(program));
}

/**
 * Runs one command line and resolves to the exit code: 0 only on success. An error is one message on stderr, with its
 * stack trace only when VJEPA_DEBUG is 1. Nothing that a command prints can be an order to the terminal.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const release = guardOutput();
  rememberInvocation(args);
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`error: ${process.env.VJEPA_DEBUG === '1' ? debugText(error) : messageOf(error)}\n`);
    const { exitCode } = error as { exitCode?: unknown };
    return typeof exitCode === 'number' ? exitCode : 1;
  } finally {
    release();
  }
}

/** What an error says; of a place that refuses to be written to, and that no command expected, also what to do. */
function messageOf(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException;
  const refused = code === 'EROFS' || code === 'EACCES' || code === 'EPERM';
  if (!refused || path === undefined) return reasonOf(error);
  return `${path}: cannot be used (${reasonOf(error)}); choose a place that this user may read and write`;
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause === undefined ? '' : `\ncaused by ${debugText(error.cause)}`}`;
}
