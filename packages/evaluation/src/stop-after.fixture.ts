import type { BeginTask, TaskProgress } from '@vjepa/training';

/** Asks for a stop when so much has been advanced in all: samples or steps of training, and samples of validation. */
export function stopAfter(count: number): { signal: AbortSignal; begin: BeginTask } {
  const stopping = new AbortController();
  let done = 0;
  const progress: TaskProgress = {
    advance(_, by = 1) {
      done += by;
      if (done >= count) stopping.abort();
    },
    print() {},
    close() {},
  };
  return { signal: stopping.signal, begin: () => progress };
}
