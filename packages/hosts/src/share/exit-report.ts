/**
 * Calls when this process ends, with what the others should hear of it: `host-failed` and the uncaught error or exit
 * code, or `host-lost` for an end that says nothing is wrong.
 *
 * @returns takes the watch away
 */
export function watchExit(report: (code: 'host-failed' | 'host-lost', message: string) => void): () => void {
  let uncaught: string | undefined;
  const onUncaught = (error: unknown) => {
    uncaught = error instanceof Error ? error.message : String(error);
  };
  const onExit = (code: number) => {
    if (uncaught !== undefined) report('host-failed', `ended by an uncaught error: ${uncaught}`);
    else if (code === 0 || code === 75) report('host-lost', `ended (code ${code}) without leaving the run`);
    else report('host-failed', `ended with code ${code}`);
  };
  process.on('uncaughtExceptionMonitor', onUncaught);
  process.on('exit', onExit);
  return () => {
    process.off('uncaughtExceptionMonitor', onUncaught);
    process.off('exit', onExit);
  };
}
