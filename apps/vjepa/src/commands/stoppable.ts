import { existsSync } from 'node:fs';
import { listenForStop } from '@vjepa/training';
import { invocation } from '../invocation.js';

/**
 * Runs what can be stopped and gone on with. The first SIGINT or SIGTERM has it finish what is short and save; then the
 * command that goes on is said, and the process ends with the signal's code. A second one ends it at once.
 *
 * @param settings the file of the run's settings: where it is, there is something to go on with
 * @param run resolves once it has ended or stopped
 */
export async function stoppable<Outcome extends { stopped: boolean }>(
  settings: string,
  run: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const stopping = new AbortController();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stop = listenForStop((signal) => {
    say(`\n${signal}: finishing this step, then saving; again to leave at once`);
    stopping.abort();
  });
  try {
    const outcome = await run(stopping.signal);
    if (outcome.stopped) {
      const isBegun = existsSync(settings);
      const again = invocation(isBegun ? { with: ['--resume'], without: ['--overwrite'] } : {});
      say(`${stop.signal}: stopped; go on with: ${again}`);
      process.exitCode = stop.exitCode;
    }
    return outcome;
  } finally {
    stop.close();
  }
}
