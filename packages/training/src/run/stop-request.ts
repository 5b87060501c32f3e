import { leaveAtOnce } from './leave-at-once.js';

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof signalNumbers;

/** Whether someone asked the run to stop. */
export interface StopRequest {
  /** The signal that came, if one did. */
  readonly signal: StopSignal | undefined;
  /** The exit code a shell expects after that signal. */
  readonly exitCode: number;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens for SIGINT and SIGTERM: the first is remembered, so that the run can finish its step, save and leave; a
 * second one ends the process at once.
 */
export function listenForStop(onFirst: (signal: StopSignal) => void): StopRequest {
  let received: StopSignal | undefined;
  const onSignal = (signal: StopSignal) => {
    if (received !== undefined) return leaveAtOnce(signal);
    received = signal;
    onFirst(signal);
  };
  const names = Object.keys(signalNumbers) as StopSignal[];
  for (const name of names) process.on(name, onSignal);
  return {
    get signal() {
      return received;
    },
    get exitCode() {
      return received === undefined ? 0 : 128 + signalNumbers[received];
    },
    close() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
