/** One number or tensor compared with the reference's. */
export interface Comparison {
  name: string;
  /** The largest difference, in the measure the tolerance is meant in; infinite when shapes differ. */
  difference: number;
  tolerance: number;
  passed: boolean;
  /** What the difference alone does not say, such as two shapes. */
  note?: string;
}

/** A tensor's values with their shape, whatever their type. */
export interface Values {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/**
 * The tolerances, in float32: forward passes and losses 1e-4 relative, gradients and updated parameters 1e-3 of the
 * tensor's largest magnitude (of V-JEPA 2's qkv.bias and patch_embed what the fixture says: single gradients there are nothing
 * but rounding, of which AdamW makes steps), schedules 1e-9 relative, masks equal, decoded frames 1.5 of 255 on average. With products
 * in bfloat16: losses 1e-2 relative, features 5e-2 of their mean magnitude on average (rounding makes 4e-2 of the worst of
 * the recorded models, a predictor of 12 blocks of one head, and 2e-2 of another; features of encoders are within 1e-2).
 */
export const tolerance = {
  forward: 1e-4,
  gradient: 1e-3,
  schedule: 1e-9,
  equal: 0,
  frames: 1.5,
  bfloat16Loss: 1e-2,
  bfloat16Features: 5e-2,
} as const;

/** Compares a number, relative to the expected one's magnitude. */
export function compareNumber(name: string, found: number, expected: number, within: number): Comparison {
  const scale = Math.abs(expected) || 1;
  return judge(name, Math.abs(found - expected) / scale, within, `found ${found}, expected ${expected}`);
}

/** Compares two tensors element by element, relative to the expected tensor's largest magnitude. */
export function compareTensor(name: string, found: Values, expected: Values, within: number): Comparison {
  if (!sameShape(found.shape, expected.shape)) return shapeMismatch(name, found, expected, within);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.data.length; i++) {
    difference = largest(difference, Math.abs(found.data[i]! - expected.data[i]!));
    scale = largest(scale, Math.abs(expected.data[i]!));
  }
  return judge(name, scale > 0 ? difference / scale : difference, within);
}

/** Compares two tensors that must be equal; the difference counts the elements that are not. */
export function compareEqual(name: string, found: Values, expected: Values): Comparison {
  if (!sameShape(found.shape, expected.shape)) return shapeMismatch(name, found, expected, tolerance.equal);
  let unequal = 0;
  for (let i = 0; i < expected.data.length; i++) if (found.data[i] !== expected.data[i]) unequal++;
  return judge(name, unequal, tolerance.equal, unequal > 0 ? `${unequal} elements differ` : undefined);
}

/** Compares two tensors by their mean absolute difference. */
export function compareMean(name: string, found: Values, expected: Values, within: number): Comparison {
  if (!sameShape(found.shape, expected.shape)) return shapeMismatch(name, found, expected, within);
  let sum = 0;
  for (let i = 0; i < expected.data.length; i++) sum += Math.abs(found.data[i]! - expected.data[i]!);
  return judge(name, sum / expected.data.length, within);
}

/** Compares two tensors by their mean absolute difference, relative to the expected one's mean magnitude. */
export function compareOnAverage(name: string, found: Values, expected: Values, within: number): Comparison {
  if (!sameShape(found.shape, expected.shape)) return shapeMismatch(name, found, expected, within);
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.data.length; i++) {
    difference += Math.abs(found.data[i]! - expected.data[i]!);
    magnitude += Math.abs(expected.data[i]!);
  }
  return judge(name, difference / magnitude, within);
}

/** A difference is passed when it is within the tolerance; NaN never is. */
function judge(name: string, difference: number, within: number, note?: string): Comparison {
  const passed = difference <= within;
  return { name, difference, tolerance: within, passed, ...(note === undefined || passed ? {} : { note }) };
}

function shapeMismatch(name: string, found: Values, expected: Values, within: number): Comparison {
  return judge(name, Number.POSITIVE_INFINITY, within, `shape [${found.shape}], expected [${expected.shape}]`);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Math.max that keeps NaN. */
function largest(a: number, b: number): number {
  return Number.isNaN(a) || a > b ? a : b;
}
