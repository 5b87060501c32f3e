import '@vjepa/test-kit/all-close';
import { readFixtureJson } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { nearestLabels } from './nearest-labels.js';

/** Similarities of one row of patches to those of another frame. */
const rows = (...values: number[][]) => Float32Array.from(values.flat());
const oneHot = (classes: number, ...labels: number[]) => {
  return Float32Array.from(labels.flatMap((label) => Array.from({ length: classes }, (_, c) => Number(c === label))));
};

describe('nearestLabels', () => {
  it('weighs the labels of the k most alike by the softmax of their similarities', () => {
    const similarities = rows([0.9, 0.8, 0.1], [0, 0.5, 0.5], [-1, 0, 1]);
    const labels = nearestLabels(
      [{ similarities, labels: oneHot(2, 0, 1, 1) }],
      { height: 1, width: 3 },
      { neighbours: 2 },
    );
    // exp(.9 / .1) against exp(.8 / .1): 1 / (1 + exp(-1)) of the first.
    const first = 1 / (1 + Math.exp(-1));
    expect(labels).toBeAllClose([first, 1 - first, 0, 1, 0, 1], { atol: 1e-6 });
  });

  it('takes neighbours from all frames', () => {
    const grid = { height: 1, width: 2 };
    const first = { similarities: rows([0.2, 0.1], [0.2, 0.1]), labels: oneHot(3, 0, 0) };
    const last = { similarities: rows([0.1, 0.8], [0.1, 0.2]), labels: oneHot(3, 1, 2) };
    const one = nearestLabels([first, last], grid, { neighbours: 1 });
    // The second patch is equally alike to one of each frame: the first frame's stays.
    expect(one).toBeAllClose([0, 0, 1, 1, 0, 0], { atol: 0 });
  });

  it('does not look beyond the radius, in rows or columns', () => {
    const grid = { height: 3, width: 3 };
    // Every patch is most like the last, whose label is 1.
    const similarities = Float32Array.from({ length: 81 }, (_, i) => (i % 9) / 10);
    const labels = oneHot(2, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    const near = nearestLabels([{ similarities, labels }], grid, { neighbours: 1, radius: 1 });
    const reached = Array.from({ length: 9 }, (_, i) => near[2 * i + 1]);
    expect(reached).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1]);
    const all = nearestLabels([{ similarities, labels }], grid, { neighbours: 1, radius: 2 });
    expect(all.filter((_, i) => i % 2 === 1)).toEqual(new Float32Array(9).fill(1));
  });

  it('has shares that add up to 1 where there are fewer patches than neighbours', () => {
    const similarities = rows([0.3, -0.2], [0.1, 0.4]);
    const labels = nearestLabels([{ similarities, labels: oneHot(2, 0, 1) }], { height: 1, width: 2 });
    expect(labels[0]! + labels[1]!).toBeCloseTo(1, 6);
    expect(labels[0]! / labels[1]!).toBeCloseTo(Math.exp(5), 2);
  });

  it('has what affinities over all patches of all frames give, recorded from PyTorch', () => {
    const { settings, propagation } = readFixtureJson('cases/dense/pytorch.json');
    const [height, width] = settings.grid as [number, number];
    expect(propagation).toHaveLength(2);
    for (const { similarities, labels, expected, ...how } of propagation) {
      const values = ({ data }: { data: number[] }) => Float32Array.from(data);
      const context = similarities.map((own: { data: number[] }, i: number) => {
        return { similarities: values(own), labels: values(labels[i]) };
      });
      expect(nearestLabels(context, { height, width }, how)).toBeAllClose(expected.data, { atol: 1e-5 });
    }
  });

  it('refuses no context and other grids', () => {
    expect(() => nearestLabels([], { height: 1, width: 1 })).toThrow('there are none');
    const frame = { similarities: new Float32Array(4), labels: new Float32Array(4) };
    expect(() => nearestLabels([frame], { height: 1, width: 3 })).toThrow('expected 3 x 3 and 3 x classes');
  });
});
