import { isFloat } from '../element-type.js';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';

/** x with what is never the greatest (or least) in the place of NaN, which TensorFlow passes over and XLA does not. */
export function withoutNaN(sought: 'maximum' | 'minimum', x: Tensor, hlo: HloWriter): Tensor {
  if (!isFloat(x.dtype)) return x;
  const worst = sought === 'maximum' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return hlo.select(hlo.compare('NE', x, x), hlo.full(worst, x), x);
}
