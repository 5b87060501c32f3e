import { mersenneTwister } from '@vjepa/masks';

/** The directions in which rows vary most. */
export interface PrincipalComponents {
  /** Each row's coordinates, [rows, components]. */
  projections: Float64Array;
  /** The share (0..1) of the rows' variance along each direction, largest first. */
  explained: number[];
}

const MOST_ITERATIONS = 200;
const TOLERANCE = 1e-9;

/** Directions carried along beyond those wanted, which makes the wanted ones settle sooner. */
const SPARE = 4;

/**
 * Principal component analysis by orthogonal iteration, which needs no covariance matrix: the time is that of some
 * dozens of products with the data. A last turn inside the space found makes the coordinates uncorrelated.
 *
 * Each direction's sign is chosen so that the row farthest out along it is positive; the same rows always give the same
 * result.
 *
 * @param rows [n, width], row-major
 * @param components directions wanted, at most n and width
 */
export function principalComponents(rows: ArrayLike<number>, width: number, components: number): PrincipalComponents {
  const n = rows.length / width;
  if (!Number.isInteger(n) || components > Math.min(n, width)) {
    throw new RangeError(`${components} components of ${n} rows of width ${width}: expected at most as many as either`);
  }
  const centered = center(rows, n, width);
  const found = Math.min(components + SPARE, n, width);
  let basis = startingBasis(width, found);
  let projections = project(centered, n, width, basis, found);
  let before = 0;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    basis = orthonormal(projectBack(centered, n, width, projections, found), width, found);
    projections = project(centered, n, width, basis, found);
    const captured = sumOfSquares(projections);
    if (captured - before <= TOLERANCE * captured) break;
    before = captured;
  }
  return ordered(columnsOf(projections, n, found), components, sumOfSquares(centered));
}

function center(rows: ArrayLike<number>, n: number, width: number): Float64Array {
  const means = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) means[i % width]! += rows[i]! / n;
  return Float64Array.from(rows, (value, i) => value - means[i % width]!);
}

/** Random orthonormal directions, [components, width]. */
function startingBasis(width: number, components: number): Float64Array {
  const random = mersenneTwister(1);
  const directions = Float64Array.from({ length: components * width }, () => random.nextUint32() / 2 ** 31 - 1);
  return orthonormal(directions, width, components);
}

/** [n, width] · [components, width]ᵀ -> [n, components] */
function project(x: Float64Array, n: number, width: number, basis: Float64Array, components: number): Float64Array {
  const projections = new Float64Array(n * components);
  for (let row = 0; row < n; row++) {
    for (let c = 0; c < components; c++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += x[row * width + i]! * basis[c * width + i]!;
      projections[row * components + c] = sum;
    }
  }
  return projections;
}

/** [n, components]ᵀ · [n, width] -> [components, width] */
function projectBack(x: Float64Array, n: number, width: number, y: Float64Array, components: number): Float64Array {
  const directions = new Float64Array(components * width);
  for (let row = 0; row < n; row++) {
    for (let c = 0; c < components; c++) {
      const weight = y[row * components + c]!;
      for (let i = 0; i < width; i++) directions[c * width + i]! += weight * x[row * width + i]!;
    }
  }
  return directions;
}

/** Gram-Schmidt, in place and twice over, which rounding needs; a direction that the others span becomes zero. */
function orthonormal(directions: Float64Array, width: number, components: number): Float64Array {
  for (let c = 0; c < components; c++) {
    const own = directions.subarray(c * width, (c + 1) * width);
    const before = Math.sqrt(sumOfSquares(own));
    for (let i = 0; i < 2 * c; i++) removeShare(own, directions.subarray((i % c) * width, ((i % c) + 1) * width));
    const length = Math.sqrt(sumOfSquares(own));
    for (let i = 0; i < width; i++) own[i] = length > 1e-10 * before ? own[i]! / length : 0;
  }
  return directions;
}

/** Takes from `own` what lies along the unit vector `direction`. */
function removeShare(own: Float64Array, direction: Float64Array): void {
  const overlap = own.reduce((sum, value, i) => sum + value * direction[i]!, 0);
  for (let i = 0; i < own.length; i++) own[i]! -= overlap * direction[i]!;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function columnsOf(projections: Float64Array, n: number, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, c) =>
    Float64Array.from({ length: n }, (_, row) => projections[row * count + c]!),
  );
}

/** Turns pairs of columns until none is correlated with another (one-sided Jacobi), in place. */
function decorrelate(columns: readonly Float64Array[]): void {
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0;
    for (const [i, a] of columns.entries()) {
      for (const b of columns.slice(i + 1)) {
        const [aa, bb] = [sumOfSquares(a), sumOfSquares(b)];
        const ab = a.reduce((sum, value, row) => sum + value * b[row]!, 0);
        const correlation = aa * bb > 0 ? Math.abs(ab) / Math.sqrt(aa * bb) : 0;
        largest = Math.max(largest, correlation);
        if (correlation > 1e-14) turn(a, b, 0.5 * Math.atan2(2 * ab, aa - bb));
      }
    }
    if (largest <= 1e-12) return;
  }
}

function turn(a: Float64Array, b: Float64Array, angle: number): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const [row, value] of a.entries()) {
    a[row] = cos * value + sin * b[row]!;
    b[row] = cos * b[row]! - sin * value;
  }
}

/** The leading directions by falling variance, each with its sign fixed. */
function ordered(columns: Float64Array[], components: number, total: number): PrincipalComponents {
  decorrelate(columns);
  columns.sort((a, b) => sumOfSquares(b) - sumOfSquares(a));
  const leading = columns.slice(0, components);
  const projections = new Float64Array(leading[0]!.length * components);
  for (const [c, values] of leading.entries()) {
    const farthest = values.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far), 0);
    const sign = farthest < 0 ? -1 : 1;
    for (const [row, value] of values.entries()) projections[row * components + c] = value === 0 ? 0 : sign * value;
  }
  return { projections, explained: leading.map((values) => (total > 0 ? sumOfSquares(values) / total : 0)) };
}
