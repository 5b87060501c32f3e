import type { Value } from '../node.js';
import { type Rules, requireElements, result, shapeOf } from './rule.js';

/** Operations that make tensors of sizes and numbers. */
export const CREATION: Rules = {
  BroadcastArgs: ([a, b]) => result(a!.dtype, [Math.max(...[a!, b!].map((sizes) => shapeOf(sizes)[0]!))]),
  Fill: ([sizes, value]) => result(value!.dtype, requireElements(sizes!, 'a new shape')),
  Range: ([start, limit, step]) => {
    const [first, end, by] = [start!, limit!, step!].map(numberOf) as [number, number, number];
    return result(start!.dtype, [Math.max(0, Math.ceil((end - first) / by))]);
  },
  LinSpace: ([start, , number]) => result(start!.dtype, requireElements(number!, 'how many there are')),
};

function numberOf({ node }: Value): number {
  const value = node.constant?.values[0];
  if (typeof value !== 'number') throw new Error('where a range ends must be known when a function is compiled');
  return value;
}
