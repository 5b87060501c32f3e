import { existsSync } from 'node:fs';
import { leaveAtOnce } from '@vjepa/training';
import { type ResultsConfig, resultsFolderOf } from '../config/results-folder.js';
import { invocation } from '../invocation.js';

/** Says how to go on when a command is stopped that keeps what it has done; then ends by the signal. */
export function noticeOnStop(line: () => string): Disposable {
  const onSignal = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: stopped; ${line()}\n`);
    leaveAtOnce(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** The same for an evaluation or a fine-tuning: the command that goes on with it. */
export function goOnNotice(config: ResultsConfig, run: string | undefined): Disposable {
  return noticeOnStop(() => {
    const isBegun = existsSync(resultsFolderOf(config, run).config);
    return `go on with: ${invocation(isBegun ? { with: ['--resume'], without: ['--overwrite'] } : {})}`;
  });
}
