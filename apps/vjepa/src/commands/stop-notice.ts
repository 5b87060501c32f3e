import { leaveAtOnce } from '@vjepa/training';

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
