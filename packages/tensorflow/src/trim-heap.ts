import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { glibcFunction } from './glibc-function.js';

/** Trimming takes 10 to 20 ms on a heap of some hundred megabytes, and as much again to get pages back. */
const INTERVAL_MS = 5000;

let trim: ((keep: number) => number) | undefined;
let trimmedAt = Number.NEGATIVE_INFINITY;

/**
 * Has glibc give pages that lie free inside its heap back to the system, every few seconds at most. It does so by itself
 * only at the heap's end. When lengths differ from step to step, TensorFlow keeps what oneDNN makes for each (the last
 * 1024 of every thread), and what it keeps and lets go leaves holes among the tensors of a step, which would grow for
 * hundreds of steps. Does nothing where there is no glibc.
 */
export function trimHeap(): void {
  const now = performance.now();
  if (now - trimmedAt < INTERVAL_MS) return;
  trimmedAt = now;
  trim ??= findTrim();
  trim(0);
}

function findTrim(): (keep: number) => number {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  return glibcFunction(koffi, 'malloc_trim', 'int', ['size_t']) ?? (() => 0);
}
