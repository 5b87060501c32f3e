import * as tf from '@tensorflow/tfjs-core';
import '@vjepa/test-kit/all-close';
import { useBackend } from '@vjepa/test-kit/backends';
import { readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  interpolatePositionEmbedding,
  positionEmbedding1d,
  positionEmbedding2d,
  positionEmbedding3d,
} from './index.js';

const grid = { depth: 8, height: 14, width: 14 };

// Reference tables: token (3, 5, 9) of an 8 x 14 x 14 grid, and the float64 sum of the float32 table.
describe('positionEmbedding3d', () => {
  it.each([
    [192, [0.14112, 0.77827251, 0.99325317], [0.2836622, -0.82086158], [0.99999875, 0.99999928], 140436.37305],
    [384, [0.14112, 0.51730573, 0.77827251], [0.2836622, -0.37330348], [0.99999928, 0.99999946], 282557.42173],
    [1024, [0.14112, 0.29447207, 0.43313184], [0.00052767, 0.2836622], [0.9999994, 0.99999946], 754948.13659],
    [1280, [0.14112, 0.26477489, 0.37928602], [0.00054495, 0.00052199], [0.99999934, 0.9999994], 942925.32072],
  ])('of width %i, uniform power', (dim, first, middle, last, sum) => {
    const { data, shape } = positionEmbedding3d(dim, grid, { uniformPower: true });
    const row = data.subarray(667 * dim, 668 * dim);
    expect(shape).toEqual([1568, dim]);
    expect(row.slice(0, 3)).toBeAllClose(first, { atol: 5e-8 });
    expect(row.slice(dim / 2, dim / 2 + 2)).toBeAllClose(middle, { atol: 5e-8 });
    expect(row.slice(dim - 2)).toBeAllClose(last, { atol: 5e-8 });
    expect(data.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 4);
  });

  it('of width 192, half of it for time', () => {
    const { data } = positionEmbedding3d(192, grid, { uniformPower: false });
    const row = data.subarray(667 * 192, 668 * 192);
    expect([row[0], row[1], row[96], row[97], row[144], row[145]].map((x) => x!.toFixed(6))).toEqual(
      [0.14112, 0.61735821, -0.9589243, -0.26178157, 0.4121185, -0.15097715].map((x) => x.toFixed(6)),
    );
    expect(data.reduce((total, value) => total + value, 0)).toBeCloseTo(141860.73393, 4);
  });

  it('refuses widths that cannot be split', () => {
    expect(() => positionEmbedding1d(7, 3)).toThrow('7 wide');
    expect(() => positionEmbedding2d(6, grid)).toThrow('even width');
    expect(() => positionEmbedding3d(12, grid, { uniformPower: false })).toThrow('even width');
  });
});

describe('the reference tables', () => {
  const tables = readFixtureTensors('position-embeddings/tensors.safetensors');
  beforeAll(() => useBackend('cpu'));

  it('are equal to the last float32 bit', () => {
    const cube = { depth: 4, height: 4, width: 4 };
    expect(positionEmbedding3d(96, cube, { uniformPower: true }).data).toBeAllClose(tables.case0!.data, { atol: 1e-7 });
    expect(positionEmbedding3d(192, grid, { uniformPower: true }).data).toBeAllClose(tables.case1!.data, {
      atol: 1e-7,
    });
    const small = { depth: 3, height: 5, width: 5 };
    expect(positionEmbedding3d(192, small, { uniformPower: false }).data).toBeAllClose(tables.case2!.data, {
      atol: 1e-7,
    });
    expect(positionEmbedding2d(64, grid).data).toBeAllClose(tables.case3!.data, { atol: 1e-7 });
    expect(positionEmbedding1d(64, 40).data).toBeAllClose(tables.case4!.data, { atol: 1e-7 });
  });

  it('are equal when resampled to another grid', () => {
    const video = { depth: 4, height: 4, width: 4 };
    const scale = { depth: 1.5, height: 1.5, width: 1.5 };
    const table = positionEmbedding3d(96, video, { uniformPower: true });
    const trilinear = interpolatePositionEmbedding(tf.tensor(table.data, [1, 64, 96]), video, scale, 'trilinear');
    expect(trilinear.grid).toEqual({ depth: 6, height: 6, width: 6 });
    expect(trilinear.table.dataSync()).toBeAllClose(tables.case5!.data, { atol: 1e-6 });

    const image = { depth: 1, height: 4, width: 4 };
    const square = positionEmbedding2d(64, image);
    const imageScale = { depth: 1, height: 1.5, width: 1.5 };
    const bicubic = interpolatePositionEmbedding(tf.tensor(square.data, [1, 16, 64]), image, imageScale, 'bicubic');
    expect(bicubic.table.dataSync()).toBeAllClose(tables.case6!.data, { atol: 1e-6 });
  });

  it('grow to 61 columns from 14, where rounding down would give 60', () => {
    const line = { depth: 1, height: 1, width: 14 };
    const resampled = interpolatePositionEmbedding(
      tf.zeros([1, 14, 2]),
      line,
      { depth: 1, height: 1, width: 61 / 14 },
      'trilinear',
    );
    expect(resampled.grid.width).toBe(61);
  });
});
