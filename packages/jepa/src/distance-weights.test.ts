import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { distanceWeights } from './distance-weights.js';

const grid = { height: 3, width: 4 };
const at = (t: number, h: number, w: number) => 12 * t + 4 * h + w;
const places = (...rows: number[][]) => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

it('weights fall with the distance to the nearest target, in time, rows and columns', async () => {
  const context = places([at(0, 0, 0), at(0, 2, 3), at(1, 0, 1)], [at(0, 1, 1), at(1, 1, 1), at(5, 1, 1)]);
  const target = places([at(0, 0, 1), at(2, 0, 3)], [at(0, 1, 0), at(0, 0, 1)]);
  const weights = await distanceWeights(context, target, grid).array();
  const squares = [
    [1, 2 ** 2 + 2 ** 2, 1],
    [1, 1 + 1, 5 ** 2 + 1],
  ];
  expect(weights).toEqual(squares.map((row) => row.map((square) => expect.closeTo(square ** -0.25, 6))));
});

it('padding of the targets is not near, and one of the context is a number', async () => {
  const context = places([at(0, 0, 0), at(3, 2, 3)]);
  const target = places([at(0, 0, 1), at(0, 0, 0), at(3, 2, 3)]);
  const alone = await distanceWeights(context, places([at(0, 0, 1)]), grid).array();
  expect(await distanceWeights(context, target, grid, tf.tensor1d([1, 0, 0])).array()).toEqual(alone);
  const onIt = await distanceWeights(places([at(0, 0, 1)]), target, grid).array();
  expect(onIt).toEqual([[1]]);
});

it('places of large grids are exact', async () => {
  // 64 frames of 384 x 384: 32 x 24 x 24.
  const large = { height: 24, width: 24 };
  const ids = Array.from({ length: 32 * 24 * 24 - 1 }, (_, i) => i);
  const target = places([32 * 24 * 24 - 1]);
  const [weights] = (await distanceWeights(places(ids), target, large).array()) as number[][];
  const expected = (id: number) => {
    const axes = [Math.floor(id / 576) - 31, (Math.floor(id / 24) % 24) - 23, (id % 24) - 23];
    return axes.reduce((sum, axis) => sum + axis ** 2, 0) ** -0.25;
  };
  expect(Math.max(...ids.map((id) => Math.abs(weights![id]! - expected(id))))).toBeLessThan(1e-6);
});
