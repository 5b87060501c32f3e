import type * as Koffi from 'koffi';
import { glibcFunction } from './glibc-function.js';

/** mallopt's M_ARENA_MAX (malloc.h). */
const ARENA_MAX = -8;

/**
 * Has glibc keep one heap for all threads instead of one per thread. TensorFlow's threads free what others allocated,
 * and with several heaps each grows to nearly what one would need: a fifth of a training step's memory. Does nothing on
 * other systems. Call it before threads are started.
 */
export function useSingleArena(koffi: typeof Koffi): void {
  glibcFunction(koffi, 'mallopt', 'int', ['int', 'int'])?.(ARENA_MAX, 1);
}
