import { quarterTurn, type Rotation } from './rotate-frames.js';

/**
 * The clockwise turn in a stream's display matrix: nine numbers by rows, of which the first two of the first two rows,
 * in 16.16 fixed point, place the picture. 0 without a matrix, or with one that shows nothing.
 */
export function matrixRotation(matrix: readonly number[] | undefined): Rotation {
  if (!matrix) return 0;
  const [a, b, c, d] = [0, 1, 3, 4].map((i) => matrix[i]!) as [number, number, number, number];
  const [scaleX, scaleY] = [Math.hypot(a, c), Math.hypot(b, d)];
  if (scaleX === 0 || scaleY === 0) return 0;
  return quarterTurn((Math.atan2(b / scaleY, a / scaleX) * 180) / Math.PI);
}
