import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { invocation } from '../invocation.js';
import { type ResultsConfig, resultsFolder } from './results-folder.js';

/** Says how to go on when a command is stopped that keeps what it has done; then leaves with the signal's exit code. */
export function noticeOnStop(line: () => string): Disposable {
  const onSignal = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: stopped; ${line()}\n`);
    process.exit(128 + constants.signals[signal]);
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
    const isBegun = existsSync(resultsFolder(config, run).config);
    return `go on with: ${invocation(isBegun ? { with: ['--resume'], without: ['--overwrite'] } : {})}`;
  });
}
