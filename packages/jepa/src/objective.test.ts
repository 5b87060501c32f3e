import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { clipCoefficient, globalNorm } from '@vjepa/optim';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { predictionLoss, varianceRegularizer } from './index.js';

const wave = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + seed)),
    shape,
  );
const mask = (B: number, K: number) => tf.zeros([B, K], 'int32');

/** Central difference of a scalar function along a direction. */
function slope(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, direction: tf.Tensor): number {
  const at = (t: number) => f(tf.add(x, tf.mul(direction, t))).dataSync()[0]!;
  return (8 * (at(0.01) - at(-0.01)) - (at(0.02) - at(-0.02))) / 0.12;
}

describe.each(BACKENDS)('the objective on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    registerGradients();
  });

  it.each([1, 1.5, 2])('predictionLoss is the mean of |z - h|^p / p for p = %d', (p) => {
    tf.tidy(() => {
      const [z, h] = [wave([2, 3, 4], 0), wave([2, 3, 4], 1)];
      const differences = Array.from(z.dataSync(), (value, i) => Math.abs(value - h.dataSync()[i]!));
      const expected = differences.reduce((sum, d) => sum + d ** p / p, 0) / 24;
      expect(predictionLoss(z, h, mask(2, 3), p).dataSync()[0]).toBeCloseTo(expected, 6);
      const gradient = tf
        .grad((x: tf.Tensor) => predictionLoss(x, h, mask(2, 3), p))(z)
        .dataSync();
      const raw = Array.from(z.dataSync(), (value, i) => value - h.dataSync()[i]!);
      gradient.forEach((value, i) => {
        expect(value).toBeCloseTo((Math.sign(raw[i]!) * Math.abs(raw[i]!) ** (p - 1)) / 24, 6);
      });
    });
  });

  it('varianceRegularizer is the mean of relu(1 - sigma), sigma averaged over masks', () => {
    tf.tidy(() => {
      // Deviations straddle 1, so that some features are active and some are not.
      const z = [tf.mul(wave([2, 5, 3], 0), 1.5), tf.mul(wave([2, 4, 3], 1), 1.2)];
      const masks = [mask(2, 5), mask(2, 4)];
      const deviation = (values: number[]) => {
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) + 1e-4);
      };
      const [a, b] = z.map((x) => x.arraySync() as number[][][]);
      let expected = 0;
      for (let s = 0; s < 2; s++) {
        for (let d = 0; d < 3; d++) {
          const sigma = (deviation(a![s]!.map((row) => row[d]!)) + deviation(b![s]!.map((row) => row[d]!))) / 2;
          expected += Math.max(0, 1 - sigma) / 6;
        }
      }
      expect(expected).toBeGreaterThan(0);
      expect(varianceRegularizer(z, masks).dataSync()[0]).toBeCloseTo(expected, 5);
      const gradients = tf.grads((x: tf.Tensor, y: tf.Tensor) => varianceRegularizer([x, y], masks))([z[0]!, z[1]!]);
      [0, 1].forEach((i) => {
        const direction = wave(z[i]!.shape, 9);
        const f = (x: tf.Tensor) => varianceRegularizer(i === 0 ? [x, z[1]!] : [z[0]!, x], masks);
        const along = tf.sum(tf.mul(gradients[i]!, direction)).dataSync()[0]!;
        expect(along).toBeCloseTo(slope(f, z[i]!, direction), 3);
      });
    });
  });

  it('clipping scales by min(1, max / (norm + 1e-6)), and 0 switches it off', () => {
    tf.tidy(() => {
      const norm = globalNorm([tf.tensor1d([3, 0]), tf.tensor2d([[4]])]);
      expect(norm.dataSync()[0]).toBeCloseTo(5, 5);
      const at = (max: number) => clipCoefficient(norm, tf.scalar(max)).dataSync()[0];
      expect(at(1)).toBeCloseTo(0.2, 6);
      expect(at(10)).toBe(1);
      expect(at(0)).toBe(1);
    });
  });
});
