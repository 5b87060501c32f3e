import type { Value } from '../node.js';
import type { FusedKernel, LoweringContext } from './fused-kernel.js';

/**
 * x, but not before `after` is known, and never taken for x itself: what is computed from it is computed again, in the
 * backward pass.
 */
export const recomputeBarrier: FusedKernel = {
  name: 'VjepaRecomputeBarrier',
  inputs: ['x', 'after'],
  results: ([x]) => [x!],
  lower: ([x, after], _attributes, context) => [again(x!, after!, context)],
};

/** x for the backward pass, which is to begin from what is kept of x and not from what the forward pass made of it. */
export function again(x: Value, after: Value, { writer, xla }: LoweringContext): Value {
  return xla ? writer.optimizationBarrier(x, after) : writer.notBefore(x, after);
}
