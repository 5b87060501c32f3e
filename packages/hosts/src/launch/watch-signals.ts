const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the terminal or a scheduler asks of launch. */
export interface SignalWatch {
  /** Whether a signal has come. */
  readonly stopped: boolean;
  /** Who passes them on: the first as it is, later ones as SIGKILL. At once, where one has come already. */
  pass(listener: (signal: NodeJS.Signals) => void): void;
  /** Resolves after so long, or at the first signal. */
  pause(ms: number): Promise<void>;
  release(): void;
}

/** Takes SIGINT, SIGTERM and SIGHUP, which then do not end this process, until it is released. */
export function watchSignals(): SignalWatch {
  let first: NodeJS.Signals | undefined;
  let listener: ((signal: NodeJS.Signals) => void) | undefined;
  let wake: (() => void) | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    listener?.(first === undefined ? signal : 'SIGKILL');
    first ??= signal;
    wake?.();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    get stopped() {
      return first !== undefined;
    },
    pass(next) {
      listener = next;
      if (first !== undefined) next(first);
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    release() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
