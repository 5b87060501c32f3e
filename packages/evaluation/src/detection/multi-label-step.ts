import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, requireTensor, type StepFunction } from '@vjepa/engine';
import { optimize, optimizerSchedule } from '@vjepa/optim';

type Classifier = {
  linear: {
    /** [C, D] */
    weight: tf.Tensor;
    /** [C] */
    bias: tf.Tensor;
  };
};

/** A linear classifier, and where it is trained AdamW's moments. */
export type MultiLabelState = Classifier & { expAvg?: Classifier | undefined; expAvgSq?: Classifier | undefined };

/** Feature vectors, and to train the answers and an optimiser's scalars. */
export type MultiLabelInputs = {
  /** [B, D] */
  features: tf.Tensor;
  /** [B, C] of zeros and ones. */
  targets?: tf.Tensor | undefined;
  learningRate?: tf.Tensor | undefined;
  weightDecay?: tf.Tensor | undefined;
  step?: tf.Tensor | undefined;
};

/**
 * `logits` [B, C], by which answers are ranked (their probabilities in float32 are all 1 from 17 on), or in training
 * `loss`, the mean binary cross-entropy.
 */
export type MultiLabelOutputs = { logits?: tf.Tensor | undefined; loss?: tf.Tensor | undefined };

/** A linear classifier of independent yes-or-no labels on feature vectors. It trains where targets come. */
export const multiLabelStep: StepFunction<MultiLabelState, MultiLabelInputs, MultiLabelOutputs> = (state, inputs) =>
  tf.tidy((): ReturnType<typeof multiLabelStep> => {
    const { linear } = state;
    const weight = linear.weight as tf.Tensor2D;
    const x = requireTensor(inputs, 'features', 'the input') as tf.Tensor2D;
    const logits = tf.add(tf.matMul(x, weight, false, true), linear.bias);
    const { targets } = inputs;
    if (targets === undefined) return { state: {}, outputs: { logits } };

    // mean(softplus(z) - y z), stable for any z; its gradient is (sigmoid(z) - y) / (B C).
    const softplus = tf.add(tf.relu(logits), tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1)));
    const loss = tf.mean(tf.sub(softplus, tf.mul(targets, logits)));
    const dlogits = tf.mul(tf.sub(tf.sigmoid(logits), targets), 1 / (x.shape[0] * weight.shape[0]));
    const gradients: Classifier = {
      linear: {
        weight: meanOverReplicas(tf.matMul(dlogits as tf.Tensor2D, x, true)),
        bias: meanOverReplicas(tf.sum(dlogits, 0)),
      },
    };
    const slots = {
      parameters: { linear },
      expAvg: requireTensor(state, 'expAvg', 'the state'),
      expAvgSq: requireTensor(state, 'expAvgSq', 'the state'),
    };
    const { parameters, expAvg, expAvgSq } = optimize<Classifier>(slots, gradients, optimizerSchedule(inputs));
    return { state: { ...parameters, expAvg, expAvgSq }, outputs: { loss } };
  });
