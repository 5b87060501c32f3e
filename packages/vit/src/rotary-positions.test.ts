import * as tf from '@tensorflow/tfjs-core';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import '@vjepa/test-kit/all-close';
import { type RotaryOptions, rotaryTable, rotate } from './index.js';

/** Width of a head. */
const E = 32;
/** Of a grid that has the place (3, 5, 9). */
const GRID = { depth: 4, height: 16, width: 16 };
const PLACE = (3 * GRID.height + 5) * GRID.width + 9;
/** x_j = sin(0.37 j), whose squares add up to 16.419516099. */
const HEAD = Float32Array.from({ length: E }, (_, j) => Math.sin(0.37 * j));

/** The head, at that place, as queries, keys and values. */
function rotated(options: RotaryOptions, grid = GRID, place = PLACE): Float32Array[] {
  const row = rotaryTable(grid, E, options).data.subarray(place * 2 * E, (place + 1) * 2 * E);
  return tf.tidy(() => {
    const rotation = {
      cosine: tf.tensor(row.slice(0, E), [1, 1, E]),
      sine: tf.tensor(row.slice(E), [1, 1, E]),
    };
    const qkv = tf.tensor(Float32Array.from([...HEAD, ...HEAD, ...HEAD]), [1, 1, 3 * E]);
    return tf.split(rotate(qkv, 1, rotation), 3, 2).map((part) => part.dataSync() as Float32Array);
  });
}

const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0);

// Values of the reference, and of the general library for the first, in float64.
describe.each(BACKENDS)('a rotated head on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([
    {
      what: "as the weights of V-JEPA 2 have it: not even the vector's length is kept",
      options: { variant: 'tiled', side: null },
      time: [-0.051031173, 0.321504545, 0.604941368, 0.903687779],
      row: [-0.918073291, -0.939434462, -0.830876613],
      column: [-1.229506164, 1.032739802, 0.757341625],
      rest: [-0.969496106, -0.994552588, -0.889555219],
      length: 16.887246355,
    },
    {
      what: 'as V-JEPA 2.1 has it: a rotation',
      options: { variant: 'paired', side: null },
      time: [-0.051031173, -0.357996564, 0.189484811, 1.1050049],
      row: [-0.918073291, 0.280953848, 0.032464282],
      column: [-1.229506164, -0.537544869, -0.646135157],
      rest: [-0.969496106, -0.994552588, -0.889555219],
      length: 16.419516099,
    },
  ] as const)('is $what', ({ options, time, row, column, rest, length }) => {
    const [q, k, v] = rotated(options);
    expect(q!.slice(0, 4)).toBeAllClose([...time], { atol: 1e-6 });
    expect(q!.slice(10, 13)).toBeAllClose([...row], { atol: 1e-6 });
    expect(q!.slice(20, 23)).toBeAllClose([...column], { atol: 1e-6 });
    expect(q!.slice(29, 32)).toBeAllClose([...rest], { atol: 1e-6 });
    expect(energy(q!)).toBeCloseTo(length, 4);
    expect(k).toEqual(q);
    expect(v).toEqual(HEAD);
  });

  it('has rows and columns of a grid of 24 x 24 stretched to one of 16 x 16, and time not', () => {
    const grid = { depth: 4, height: 24, width: 24 };
    const [q] = rotated({ variant: 'paired', side: 16 }, grid, (3 * 24 + 5) * 24 + 9);
    expect(q!.slice(0, 4)).toBeAllClose([-0.051031173, -0.357996564, 0.189484811, 1.1050049], { atol: 1e-6 });
    expect(q!.slice(10, 13)).toBeAllClose([0.430796849, 0.85802547, -0.345584602], { atol: 1e-6 });
    expect(q!.slice(20, 23)).toBeAllClose([1.223431897, 0.551229794, -0.062005888], { atol: 1e-6 });
    expect(q!.slice(29, 32)).toBeAllClose([-0.967915583, -0.994552588, -0.889555219], { atol: 1e-6 });
    expect(energy(q!)).toBeCloseTo(16.419516099, 4);
  });
});

describe('the table of rotations', () => {
  it('is the same with and without stretching where the grid has the side that is stretched to', () => {
    const stretched = rotaryTable(GRID, 64, { variant: 'paired', side: 16 });
    expect(stretched).toEqual(rotaryTable(GRID, 64, { variant: 'paired', side: null }));
  });

  it('has the only row or column of a grid at 0', () => {
    const { data } = rotaryTable({ depth: 2, height: 1, width: 1 }, 24, { variant: 'paired', side: 16 });
    expect([...data.subarray(0, 24)]).toEqual(Array(24).fill(1));
    expect(data.every(Number.isFinite)).toBe(true);
    expect([...data.subarray(48 + 8, 48 + 24)]).toEqual(Array(16).fill(1));
  });

  it.each([
    [64, 20],
    [80, 26],
    [32, 10],
    [88, 28],
    [24, 8],
    [22, 6],
    [21, 6],
    [5, 0],
  ])('of a head %i wide rotates three segments of %i channels and leaves the rest', (headDim, segment) => {
    const { data } = rotaryTable({ depth: 2, height: 2, width: 2 }, headDim, { variant: 'tiled', side: null });
    const sines = data.subarray((7 * 2 + 1) * headDim);
    expect(sines.filter((sine) => sine !== 0)).toHaveLength(3 * segment);
    expect([...sines.subarray(3 * segment)]).toEqual(Array(headDim - 3 * segment).fill(0));
  });
});
