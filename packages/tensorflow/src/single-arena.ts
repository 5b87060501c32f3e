import type * as Koffi from 'koffi';

/** mallopt's M_ARENA_MAX (malloc.h). */
const ARENA_MAX = -8;

/**
 * Has glibc keep one heap for all threads instead of one per thread. TensorFlow's threads free what others allocated,
 * and with several heaps each grows to nearly what one would need: a fifth of a training step's memory. Does nothing on
 * other systems. Call it before threads are started.
 */
export function useSingleArena(koffi: typeof Koffi): void {
  if (process.platform !== 'linux') return;
  try {
    koffi.load('libc.so.6').func('mallopt', 'int', ['int', 'int'])(ARENA_MAX, 1);
  } catch {
    // Not glibc: its heap is as it is.
  }
}
