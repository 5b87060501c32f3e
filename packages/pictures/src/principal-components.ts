import { mersenneTwister } from '@vjepa/random';
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';

/** The directions in which rows vary most. */
export interface PrincipalComponents {
  /** Each row's coordinates, [rows, components]. */
  projections: Float64Array;
  /** The share (0..1) of the rows' variance along each direction, largest first. */
  explained: number[];
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
  const found = coordinatesInLeadingSpace(centred(rows, n, width), Math.min(components + SPARE, n, width));
  const { leftSingularVectors, diagonal: lengths } = new SingularValueDecomposition(found.coordinates);
  // What is left of directions that the others span is rounding.
  const diagonal = lengths.map((length) => (length > ROUNDING * lengths[0]! ? length : 0));
  const projections = new Float64Array(n * components);
  for (let c = 0; c < components; c++) {
    const values = leftSingularVectors.getColumn(c);
    const farthest = values.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far), 0);
    const length = farthest < 0 ? -diagonal[c]! : diagonal[c]!;
    for (const [row, value] of values.entries()) projections[row * components + c] = length * value || 0;
  }
  const explained = diagonal.slice(0, components).map((length) => (found.total > 0 ? length ** 2 / found.total : 0));
  return { projections, explained };
}

/** [n, width] with each column's mean taken out. */
function centred(rows: ArrayLike<number>, n: number, width: number): Matrix {
  const matrix = new Matrix(n, width);
  for (let i = 0; i < rows.length; i++) matrix.set(Math.floor(i / width), i % width, rows[i]!);
  return matrix.subRowVector(matrix.mean('column'));
}

/** The rows of `x` [n, width] inside the `dimensions` directions of most variance, and their sum of squares in all. */
function coordinatesInLeadingSpace(x: Matrix, dimensions: number): { coordinates: Matrix; total: number } {
  const transposed = x.transpose();
  let coordinates = x.mmul(orthonormal(startingDirections(x.columns, dimensions)));
  let before = 0;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    coordinates = x.mmul(orthonormal(transposed.mmul(coordinates)));
    const captured = sumOfSquares(coordinates);
    if (captured - before <= TOLERANCE * captured) break;
    before = captured;
  }
  return { coordinates, total: sumOfSquares(x) };
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
