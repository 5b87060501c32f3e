import { mersenneTwister } from '@vjepa/random';
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';

/** The directions in which rows vary most. */
export interface PrincipalComponents {
  /** Each row's coordinates, [rows, components]. */
  projections: Float64Array;
  /** The share (0..1) of the rows' variance along each direction, largest first. */
  explained: number[];
  /** The rows' mean, [width]. */
  mean: Float64Array;
  /** The directions, [components, width], each of length 1; of 0 where the rows do not vary any more. */
  directions: Float64Array;
}

const MOST_ITERATIONS = 200;
const TOLERANCE = 1e-9;
const ROUNDING = 1e-10;

/** Directions carried along beyond those wanted, which makes the wanted ones settle sooner. */
const SPARE = 4;

/**
 * Principal component analysis by orthogonal iteration, which needs no covariance matrix: the time is that of some
 * dozens of products with the data. A singular value decomposition inside the space found makes the coordinates
 * uncorrelated.
 *
 * Each direction's sign is chosen so that the row farthest out along it is positive; the same rows always give the same
 * result.
 *
 * @param rows [n, width], row-major
 * @param components directions wanted, at most n and width
 * @throws RangeError when there cannot be so many
 */
export function principalComponents(rows: ArrayLike<number>, width: number, components: number): PrincipalComponents {
  const n = rows.length / width;
  if (!Number.isInteger(n) || components > Math.min(n, width)) {
    throw new RangeError(`${components} components of ${n} rows of width ${width}: expected at most as many as either`);
  }
  const { matrix, mean } = centred(rows, n, width);
  const found = coordinatesInLeadingSpace(matrix, Math.min(components + SPARE, n, width));
  const {
    leftSingularVectors,
    rightSingularVectors,
    diagonal: lengths,
  } = new SingularValueDecomposition(found.coordinates);
  // What is left of directions that the others span is rounding.
  const diagonal = lengths.map((length) => (length > ROUNDING * lengths[0]! ? length : 0));
  const projections = new Float64Array(n * components);
  const directions = new Float64Array(components * width);
  const turned = found.space.mmul(rightSingularVectors);
  for (let c = 0; c < components; c++) {
    const values = leftSingularVectors.getColumn(c);
    const farthest = values.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far), 0);
    const length = farthest < 0 ? -diagonal[c]! : diagonal[c]!;
    for (const [row, value] of values.entries()) projections[row * components + c] = length * value || 0;
    if (length === 0) continue;
    for (let d = 0; d < width; d++) directions[c * width + d] = Math.sign(length) * turned.get(d, c);
  }
  const explained = diagonal.slice(0, components).map((length) => (found.total > 0 ? length ** 2 / found.total : 0));
  return { projections, explained, mean, directions };
}

/** Coordinates of any rows along the directions found in others: [n, width] -> [n, components]. */
export function projectRows(
  rows: ArrayLike<number>,
  { mean, directions }: Pick<PrincipalComponents, 'mean' | 'directions'>,
): Float64Array {
  const width = mean.length;
  const components = directions.length / width;
  const offsets = Array.from({ length: components }, (_, c) => {
    return mean.reduce((sum, value, d) => sum + value * directions[c * width + d]!, 0);
  });
  const coordinates = new Float64Array((rows.length / width) * components);
  for (let row = 0; row * width < rows.length; row++) {
    for (let c = 0; c < components; c++) {
      let sum = -offsets[c]!;
      for (let d = 0; d < width; d++) sum += rows[row * width + d]! * directions[c * width + d]!;
      coordinates[row * components + c] = sum;
    }
  }
  return coordinates;
}

/** [n, width] with each column's mean taken out. */
function centred(rows: ArrayLike<number>, n: number, width: number): { matrix: Matrix; mean: Float64Array } {
  const matrix = new Matrix(n, width);
  for (let i = 0; i < rows.length; i++) matrix.set(Math.floor(i / width), i % width, rows[i]!);
  const mean = matrix.mean('column');
  return { matrix: matrix.subRowVector(mean), mean: Float64Array.from(mean) };
}

/**
 * The rows of `x` [n, width] inside the `dimensions` directions of most variance, these [width, dimensions], and the rows' sum of
 * squares in all.
 */
function coordinatesInLeadingSpace(
  x: Matrix,
  dimensions: number,
): { coordinates: Matrix; space: Matrix; total: number } {
  const transposed = x.transpose();
  let space = orthonormal(startingDirections(x.columns, dimensions));
  let coordinates = x.mmul(space);
  let before = 0;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    space = orthonormal(transposed.mmul(coordinates));
    coordinates = x.mmul(space);
    const captured = sumOfSquares(coordinates);
    if (captured - before <= TOLERANCE * captured) break;
    before = captured;
  }
  return { coordinates, space, total: sumOfSquares(x) };
}

/** Random directions [width, dimensions], the same each time. */
function startingDirections(width: number, dimensions: number): Matrix {
  const random = mersenneTwister(1);
  return Matrix.rand(width, dimensions, { random: () => random.nextUint32() / 2 ** 31 - 1 });
}

function orthonormal(directions: Matrix): Matrix {
  return new QrDecomposition(directions).orthogonalMatrix;
}

function sumOfSquares(matrix: Matrix): number {
  return matrix.norm('frobenius') ** 2;
}
