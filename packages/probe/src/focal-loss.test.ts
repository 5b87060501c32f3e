import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { focalLoss } from './focal-loss.js';

/** torchvision 0.29.2, in double precision, added up. */
const TORCHVISION = {
  logits: [
    [2, -1.5, 0.25],
    [-3, 4, 0.5],
  ],
  targets: [
    [1, 0, 0],
    [0, 0, 1],
  ],
  loss: 3.124407708121324,
  gradient: [-0.001217735, 0.012773329, 0.30468256, 0.000236154, 0.81479689, -0.034484249],
};

describe.each(BACKENDS)('focalLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  const value = (logits: number[][], targets: number[][], settings = {}) =>
    focalLoss(tf.tensor2d(logits), tf.tensor2d(targets), settings).dataSync()[0]!;

  it('has the values worked out by hand', () => {
    // A logit of 0 has p = 1/2: a class that is there costs .25 * .5^2 * ln 2, one that is not .75 * .5^2 * ln 2.
    expect(value([[0]], [[1]])).toBeCloseTo(0.0625 * Math.LN2, 6);
    expect(value([[0]], [[0]])).toBeCloseTo(0.1875 * Math.LN2, 6);
    // ln 3 has p = 3/4: .25 * (1/4)^2 * ln(4/3), and wrongly given .75 * (3/4)^2 * ln 4.
    expect(value([[Math.log(3)]], [[1]])).toBeCloseTo(Math.log(4 / 3) / 64, 6);
    expect(value([[Math.log(3)]], [[0]])).toBeCloseTo((27 / 64) * Math.log(4), 6);
  });

  it('adds up over classes, and has the mean over samples', () => {
    const zeros = [0, 0, 0];
    const one = value([zeros], [[0, 1, 0]]);
    expect(one).toBeCloseTo((2 * 0.1875 + 0.0625) * Math.LN2, 6);
    expect(
      value(
        [zeros, zeros],
        [
          [0, 1, 0],
          [1, 0, 0],
        ],
      ),
    ).toBeCloseTo(one, 6);
  });

  it('is half the cross-entropy of yes and no with gamma 0 and alpha 1/2', () => {
    const crossEntropy = Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(-1));
    expect(value([[2, -1]], [[1, 0]], { alpha: 0.5, gamma: 0 })).toBeCloseTo(crossEntropy / 2, 6);
  });

  it('has the values of torchvision’s sigmoid_focal_loss', () => {
    expect(value(TORCHVISION.logits, TORCHVISION.targets)).toBeCloseTo(TORCHVISION.loss / 2, 5);
    const gradient = tf.grad((z) => focalLoss(z, tf.tensor2d(TORCHVISION.targets)))(tf.tensor2d(TORCHVISION.logits));
    expect(gradient.dataSync()).toBeAllClose(
      TORCHVISION.gradient.map((g) => g / 2),
      { atol: 1e-6 },
    );
  });

  it('stays a number for answers of any certainty', () => {
    const logits = tf.tensor2d([[90, -90, 90, -90]]);
    const targets = tf.tensor2d([[1, 0, 0, 1]]);
    // The wrong ones cost .75 * 90 and .25 * 90.
    expect(focalLoss(logits, targets).dataSync()[0]).toBeCloseTo(90, 4);
    const gradient = tf.grad((z) => focalLoss(z, targets))(logits);
    expect(gradient.dataSync()).toBeAllClose([0, 0, 0.75, -0.25], { atol: 1e-6 });
  });
});
