import type { FusedKernel } from './fused-kernel.js';
import { readVariable, stateName, variableHandle } from './in-place.js';

/**
 * momentum · average + (1 - momentum) · value = average - (1 - momentum) (average - value). In place where the average
 * is state that the function replaces by the result.
 */
export const movingAverage: FusedKernel = {
  name: 'VjepaMovingAverage',
  inputs: ['average', 'value', 'momentum'],
  results: ([average]) => [average!],
  lower([average, value, momentum], _attributes, { writer: w, newState }, traced) {
    const rate = w.sub(w.scalar(1), momentum!);
    const difference = w.sub(average!, value!);
    const name = stateName(traced.inputs[0]!);
    if (name === undefined || newState.get(name) !== traced.outputs[0]) {
      return [w.sub(average!, w.mul(difference, rate))];
    }
    const handle = variableHandle(name, w);
    const attributes = { T: { kind: 'type', value: average!.dtype } } as const;
    const apply = w.effect('ResourceApplyGradientDescent', attributes, [handle, rate, difference], []);
    return [readVariable(handle, average!, [apply], w)];
  },
};
