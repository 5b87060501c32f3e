import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, requireTensor, type StepFunction } from '@vjepa/engine';
import { ADAMW_DEFAULTS, optimize } from '@vjepa/optim';

/**
 * A linear classifier of independent yes-or-no labels on feature vectors.
 *
 * State: `linear.weight` [C, D], `linear.bias` [C] and AdamW's moments. Inputs: `features` [B, D]; to train also
 * `targets` [B, C] of zeros and ones and the scalars `learning_rate`, `weight_decay`, `step`. Outputs: `logits` [B, C],
 * by which answers are ranked (their probabilities in float32 are all 1 from 17 on), or in training `loss`, the mean binary
 * cross-entropy.
 */
export const multiLabelStep: StepFunction = (state, inputs) =>
  tf.tidy((): ReturnType<StepFunction> => {
    const of = (name: string) => requireTensor(inputs, name, 'the input');
    const x = of('features') as tf.Tensor2D;
    const weight = requireTensor(state, 'linear.weight', 'the state') as tf.Tensor2D;
    const logits = tf.add(tf.matMul(x, weight, false, true), requireTensor(state, 'linear.bias', 'the state'));
    if (!('targets' in inputs)) return { state: { ...state }, outputs: { logits } };

    // mean(softplus(z) - y z), stable for any z; its gradient is (sigmoid(z) - y) / (B C).
    const targets = of('targets');
    const softplus = tf.add(tf.relu(logits), tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1)));
    const loss = tf.mean(tf.sub(softplus, tf.mul(targets, logits)));
    const dlogits = tf.mul(tf.sub(tf.sigmoid(logits), targets), 1 / (x.shape[0] * weight.shape[0]));
    const gradients = {
      'linear.weight': meanOverReplicas(tf.matMul(dlogits as tf.Tensor2D, x, true)),
      'linear.bias': meanOverReplicas(tf.sum(dlogits, 0)),
    };
    const scalars = {
      learning_rate: of('learning_rate'),
      weight_decay: of('weight_decay'),
      step: of('step'),
    };
    const update = optimize(state, gradients, scalars, { adamW: ADAMW_DEFAULTS });
    return { state: { ...state, ...update.state }, outputs: { loss } };
  });
