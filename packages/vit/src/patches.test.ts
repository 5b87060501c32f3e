import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encode,
  encodePatches,
  encoderConfig,
  framePatches,
  initializeEncoder,
  normalizeClip,
  patchify,
} from './index.js';

describe('patches', () => {
  beforeAll(() => useBackend('cpu'));

  it('come in raster order, time slowest, each in the order frame, row, column, channel', () => {
    // One channel whose value is t * 100 + h * 10 + w.
    const clip = tf.buffer([1, 4, 4, 6, 1]);
    for (let t = 0; t < 4; t++)
      for (let h = 0; h < 4; h++) for (let w = 0; w < 6; w++) clip.set(t * 100 + h * 10 + w, 0, t, h, w, 0);
    const { values, grid } = patchify(clip.toTensor(), { patchSize: 2, tubeletSize: 2 });
    expect(grid).toEqual({ depth: 2, height: 2, width: 3 });
    const rows = values.arraySync()[0]!;
    expect(rows[0]).toEqual([0, 1, 10, 11, 100, 101, 110, 111]);
    expect(rows[1]![0]).toBe(2);
    expect(rows[3]![0]).toBe(20);
    expect(rows[6]![0]).toBe(200);
  });

  it('leave out what does not fill a tubelet', () => {
    const { values, grid } = patchify(tf.zeros([1, 5, 7, 9, 3]), { patchSize: 4, tubeletSize: 2 });
    expect(grid).toEqual({ depth: 2, height: 1, width: 2 });
    expect(values.shape).toEqual([1, 4, 96]);
    expect(() => patchify(tf.zeros([1, 1, 7, 9, 3]), { patchSize: 4, tubeletSize: 2 })).toThrow(
      'does not hold one tubelet',
    );
  });

  it('of raw frames equal those of the normalised clip', () => {
    const config = encoderConfig('vit_tiny', { imageSize: 16, patchSize: 8, numFrames: 4, embedDim: 24, depth: 1 });
    const parameters = toTensors(initializeEncoder(config, mersenneTwister(7)));
    const frames = tf.tensor(
      Float32Array.from({ length: 2 * 4 * 16 * 16 * 3 }, (_, i) => (i * 37) % 256),
      [2, 4, 16, 16, 3],
    );
    const clip = normalizeClip(frames);
    expect(clip.shape).toEqual([2, 3, 4, 16, 16]);
    // Green of the first pixel: 37 / 255, minus 0.456, over 0.224.
    expect(clip.arraySync()[0]![1]![0]![0]![0]).toBeCloseTo((37 / 255 - 0.456) / 0.224, 5);
    const direct = encodePatches(config, parameters, framePatches(config, frames)).dataSync();
    const expected = encode(config, parameters, clip).dataSync();
    expect(Math.max(...direct.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
  });
});

describe('encode', () => {
  it('takes clips of another size than it was made for', () => {
    const config = encoderConfig('vit_tiny', { imageSize: 32, patchSize: 16, numFrames: 4, embedDim: 24, depth: 1 });
    const parameters = toTensors(initializeEncoder(config, { nextUint32: () => 123456789 }));
    expect(encode(config, parameters, tf.zeros([1, 3, 6, 48, 64])).shape).toEqual([1, 3 * 3 * 4, 24]);
  });

  it('takes single images in an image model, and says so when it gets more', () => {
    const config = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 1, embedDim: 24, depth: 1 });
    const parameters = toTensors(initializeEncoder(config, { nextUint32: () => 123456789 }));
    expect(encode(config, parameters, tf.zeros([2, 3, 1, 32, 32])).shape).toEqual([2, 4, 24]);
    expect(encode(config, parameters, tf.zeros([2, 3, 1, 48, 48])).shape).toEqual([2, 9, 24]);
    expect(() => encode(config, parameters, tf.zeros([2, 3, 1, 48, 64]))).toThrow('square images');
    expect(() => encode(config, parameters, tf.zeros([2, 3, 4, 32, 32]))).toThrow('encode frame by frame');
  });

  it('names what is wrong with a clip or with parameters', () => {
    const config = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, embedDim: 24, depth: 1 });
    expect(() => encode(config, {}, tf.zeros([2, 4, 32, 32, 3]))).toThrow(
      'clips must be [B, 3, T, H, W], but have shape [2, 4, 32, 32, 3]',
    );
    expect(() => encode(config, {}, tf.zeros([1, 3, 4, 32, 32]))).toThrow("needs a parameter 'pos_embed'");
  });
});
