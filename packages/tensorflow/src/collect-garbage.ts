import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a JavaScript engine may offer. */
export interface Collectors {
  /** There under `--expose-gc`. */
  gc?: (() => void) | undefined;
  Bun?: { gc(synchronously: boolean): void } | undefined;
  /** V8's own, which needs no flag of the user's. Throws where the engine is not V8. */
  exposed: () => () => void;
}

let collect: (() => void) | undefined;

/**
 * Has the JavaScript engine free what nobody needs any more. It does so by itself only when JavaScript asks for memory,
 * and once a state of gigabytes has gone to the device, JavaScript asks for little more. Where the engine cannot be
 * asked, that memory is freed some day, which is all that is lost.
 */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as Partial<Collectors>;
  collect ??= findCollector({ gc, Bun, exposed: exposedByV8 });
  collect();
}

export function findCollector({ gc, Bun, exposed }: Collectors): () => void {
  if (gc !== undefined) return gc;
  if (Bun !== undefined) return () => Bun.gc(true);
  try {
    return exposed();
  } catch {
    return () => {};
  }
}

function exposedByV8(): () => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as () => void;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
