import * as tf from '@tensorflow/tfjs-core';
import { matrixProduct } from './matrix-product.js';

/**
 * y = x * weight^T + bias.
 *
 * @param x [M, I]
 * @param weight [O, I], the layout of the reference state dict
 * @param bias [O]
 * @param options.inputGradient false where x is data: its gradient is then neither computed nor defined
 * @returns [M, O]; the backward pass keeps x and weight only
 */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  { inputGradient = true }: { inputGradient?: boolean } = {},
): tf.Tensor2D {
  if (!inputGradient) {
    return tf.customGrad((_weight, _bias, save) => {
      (save as tf.GradSaveFunc)([x]);
      return {
        value: linearForward(x, weight, bias),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => weightAndBiasGradients(dy, saved[0]!),
      };
    })(weight, bias) as tf.Tensor2D;
  }
  return tf.customGrad((_x, _weight, _bias, save) => {
    (save as tf.GradSaveFunc)([x, weight]);
    return {
      value: linearForward(x, weight, bias),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => linearBackward(dy, saved[0]!, saved[1]!),
    };
  })(x, weight, bias) as tf.Tensor2D;
}

export function linearForward(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return tf.add(matrixProduct(x, weight, { transposeB: true }), bias);
}

/** [dx, dweight, dbias] */
export function linearBackward(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor): tf.Tensor[] {
  return [matrixProduct(dy, weight), ...weightAndBiasGradients(dy, x)];
}

function weightAndBiasGradients(dy: tf.Tensor, x: tf.Tensor): tf.Tensor[] {
  return [matrixProduct(dy, x, { transposeA: true }), tf.sum(dy, 0)];
}
