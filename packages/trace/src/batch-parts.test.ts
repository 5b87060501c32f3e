import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { joinOutputs, padBatch, samplesOf, splitInputs } from './batch-parts.js';

const numbers = (shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * 12.9)),
});

describe('a batch that devices share', () => {
  it('is cut into equal parts, and what comes out is joined', () => {
    const x = numbers([4, 3]);
    const parts = splitInputs({ x, rate: { shape: [], data: Float32Array.of(2) } }, 2);
    expect(parts.map(({ x }) => x!.shape)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(parts[1]!.rate!.data[0]).toBe(2);
    expect(joinOutputs(parts)).toEqual({ x, rate: { shape: [], data: Float32Array.of(2) } });
    const losses = [1, 4].map((loss) => ({ loss: { shape: [], data: Float32Array.of(loss) } }));
    expect(joinOutputs(losses).loss!.data[0]).toBe(2.5);
  });

  it('lies along any axis, or along none', () => {
    const scale = { shape: [2, 4], data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13) };
    const map = numbers([5, 5]);
    const axes = { scale: 1, map: 'whole' } as const;
    const inputs = { x: numbers([4, 3]), scale, map };
    expect(samplesOf(inputs, axes)).toBe(4);
    const [first, second] = splitInputs(inputs, 2, axes);
    expect(first!.scale).toEqual({ shape: [2, 2], data: Float32Array.of(0, 1, 10, 11) });
    expect(second!.scale).toEqual({ shape: [2, 2], data: Float32Array.of(2, 3, 12, 13) });
    expect(second!.map).toBe(map);
  });

  it('is filled up by its last sample, whose rows are left out again', () => {
    const x = { shape: [3, 1], data: Int32Array.of(1, 2, 3) };
    const scale = { shape: [2, 3], data: Float32Array.of(0, 1, 2, 10, 11, 12) };
    const filled = padBatch({ x, scale }, 4, { scale: 1 });
    expect(filled.x).toEqual({ shape: [4, 1], data: Int32Array.of(1, 2, 3, 3) });
    expect(filled.scale).toEqual({ shape: [2, 4], data: Float32Array.of(0, 1, 2, 2, 10, 11, 12, 12) });
    expect(joinOutputs(splitInputs({ x: filled.x! }, 2), 3)).toEqual({ x });
  });

  it('has one size, or the inputs that disagree are named', () => {
    expect(() => samplesOf({ x: numbers([4, 3]), map: numbers([5, 5]) })).toThrow(
      "a batch of 4 samples by axis 0 of input 'x' and 5 by axis 0 of 'map'",
    );
    expect(samplesOf({ rate: numbers([]) })).toBeUndefined();
  });
});
