import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/** AdamW's numbers that stay the same from step to step. */
export interface AdamWSettings {
  /** Decay of the first moment. Default 0.9. */
  beta1?: number | undefined;
  /** Decay of the second moment. Default 0.999. */
  beta2?: number | undefined;
  /** Default 1e-8. */
  epsilon?: number | undefined;
}

/** PyTorch's own numbers, which V-JEPA leaves as they are. */
export const ADAMW_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const satisfies AdamWSettings;

/** What the update reads and writes for one parameter. */
export interface AdamWSlots {
  parameter: tf.Tensor;
  /** Running mean of the gradient. */
  expAvg: tf.Tensor;
  /** Running mean of its square. */
  expAvgSq: tf.Tensor;
}

/**
 * AdamW (Loshchilov and Hutter 2019): p <- p (1 - lr wd), then p <- p - lr / (1 - beta1^t) * m / (sqrt(v) /
 * sqrt(1 - beta2^t) + epsilon).
 *
 * @param schedule scalar tensors of this step: learning rate, weight decay, and t counted from 1
 * @returns the update of one parameter
 */
export function adamW(
  schedule: { learningRate: tf.Tensor; weightDecay: tf.Tensor; step: tf.Tensor },
  settings: AdamWSettings = {},
): (slots: AdamWSlots, gradient: tf.Tensor, decayed: boolean) => AdamWSlots {
  const { learningRate, weightDecay, step } = schedule;
  const { beta1 = ADAMW_DEFAULTS.beta1, beta2 = ADAMW_DEFAULTS.beta2, epsilon = ADAMW_DEFAULTS.epsilon } = settings;
  const fused = findFusedKernel('VjepaAdamW');
  if (fused !== undefined) {
    const noDecay = tf.zerosLike(weightDecay);
    return ({ parameter, expAvg, expAvgSq }, gradient, decayed) => {
      const inputs = { parameter, gradient, expAvg, expAvgSq, learningRate, step };
      const outputs = fused({ ...inputs, weightDecay: decayed ? weightDecay : noDecay }, { beta1, beta2, epsilon });
      return { parameter: outputs[0]!, expAvg: outputs[1]!, expAvgSq: outputs[2]! };
    };
  }
  const shrink = tf.sub(1, tf.mul(learningRate, weightDecay));
  const stepSize = tf.div(learningRate, biasCorrection(beta1, step));
  const secondCorrection = tf.rsqrt(biasCorrection(beta2, step));
  return ({ parameter, expAvg, expAvgSq }, gradient, decayed) =>
    tf.tidy(() => {
      const m = tf.add(tf.mul(expAvg, beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add(tf.mul(expAvgSq, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      const denominator = tf.add(tf.mul(tf.sqrt(v), secondCorrection), epsilon);
      const shrunk = decayed ? tf.mul(parameter, shrink) : parameter;
      return { parameter: tf.sub(shrunk, tf.mul(stepSize, tf.div(m, denominator))), expAvg: m, expAvgSq: v };
    });
}

/** 1 - beta^t, without the cancellation that float32 would suffer at small t. */
function biasCorrection(beta: number, step: tf.Tensor): tf.Tensor {
  return tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
}
