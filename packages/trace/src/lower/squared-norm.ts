import type { FusedKernel } from './fused-kernel.js';

/** The sum of squares, in one pass. */
export const squaredNorm: FusedKernel = {
  name: 'VjepaSquaredNorm',
  inputs: ['x'],
  results: ([x]) => [{ dtype: x!.dtype, shape: [] }],
  lower([x], _attributes, { writer: w }) {
    const half = w.write('L2Loss', { T: { kind: 'type', value: x!.dtype } }, [x!], [{ dtype: x!.dtype, shape: [] }]);
    return [w.scale(half[0]!, 2)];
  },
};
