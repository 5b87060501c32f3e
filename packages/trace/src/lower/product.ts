import { DataType } from '../data-type.js';
import type { Value } from '../node.js';
import type { LoweringContext } from './fused-kernel.js';

/**
 * A product of two float32 values in the chosen precision, the result in float32. In bfloat16 the operands are what is
 * kept for the backward pass too: rounded, half as large.
 */
export function inPrecision(
  a: Value,
  b: Value,
  multiply: (a: Value, b: Value) => Value,
  { writer: w, precision, nativeBfloat16 }: LoweringContext,
): Value {
  if (precision === 'float32' || a.dtype !== DataType.FLOAT || b.dtype !== DataType.FLOAT) return multiply(a, b);
  const [x, y] = [w.cast(a, DataType.BFLOAT16), w.cast(b, DataType.BFLOAT16)];
  if (nativeBfloat16) return w.cast(multiply(x, y), DataType.FLOAT);
  return multiply(w.cast(x, DataType.FLOAT), w.cast(y, DataType.FLOAT));
}
