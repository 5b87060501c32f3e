import type { Piece } from './piece.js';

/**
 * x, but not before `after` is known, and never taken for x itself: what is computed from it is computed again, in the
 * backward pass.
 */
export const recomputeBarrier: Piece = {
  name: 'VjepaRecomputeBarrier',
  inputs: ['x', 'after'],
  results: ([x]) => [x!],
  lower: ([x, after], _attributes, { writer, xla }) => [
    xla ? writer.optimizationBarrier(x!, after!) : writer.notBefore(x!, after!),
  ],
};
