import type { HostTensor } from '@vjepa/engine';
import { type Comparison, compareTensor, tolerance, type Values } from './comparison.js';
import type { FixtureTensors } from './fixture.js';

/** Compares the fixture's tensors whose names begin with `prefix`, as gradients, with what `found` has by the rest of the name. */
export function compareBelow(
  expected: FixtureTensors,
  prefix: string,
  found: (rest: string) => Values | undefined,
  within: (rest: string) => number = () => tolerance.gradient,
): Comparison[] {
  return expected.startingWith(prefix).map(([name, rest]) => {
    const tensor = found(rest);
    if (!tensor) throw new Error(`there is no '${rest}' in the training state`);
    return compareTensor(name, tensor, expected(name), within(rest));
  });
}

/**
 * The gradient that AdamW's first moment tells of after one step from zero: `moment / (1 - beta1)`.
 *
 * @param kept what clipping left of the gradient
 */
export function firstGradient(moment: HostTensor | undefined, beta1: number, kept = 1): Values | undefined {
  if (moment === undefined) return undefined;
  const data = Array.from(moment.data as Float32Array, (value) => value / (1 - beta1) / kept);
  return { shape: moment.shape, data };
}
