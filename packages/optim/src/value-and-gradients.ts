import * as tf from '@tensorflow/tfjs-core';
import { fill, flatten, meansOverReplicas, outlineOf, registerGradients, type TensorRecord } from '@vjepa/engine';

/**
 * A loss, its gradients with respect to named parameters, and whatever else the forward pass computed. Where several
 * devices share the batch, the gradients are those of the whole batch, the mean of all devices': the loss is to be a mean
 * over samples.
 *
 * @param f the forward pass; must read the very tensors in `parameters`, and return scalar `loss`
 * @param parameters a record of tensors, or a tree of such records
 * @returns gradients in the form of `parameters`, of those that `f` depends on (the others have no entry), and `outputs`,
 *   all of f's results including the loss
 */
export function valueAndGradients<Outputs extends { loss: tf.Tensor }, Parameters = TensorRecord>(
  f: () => Outputs,
  parameters: Parameters,
): { outputs: Outputs; gradients: Parameters } {
  registerGradients();
  const flat = flatten<tf.Tensor>(parameters);
  const names = Object.keys(flat);
  let others: [name: string, tensor: tf.Tensor][] = [];
  let outline = outlineOf({});
  const forward = () => {
    const results = f();
    const { loss, ...kept } = results;
    outline = outlineOf(results);
    // The tape disposes everything but the loss when the forward pass ends.
    others = Object.entries(flatten<tf.Tensor>(kept)).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]);
    return loss;
  };
  const { value, grads } = tf.engine().gradients(forward, Object.values(flat), undefined, true);
  const outputs: TensorRecord = { loss: value };
  for (const [name, tensor] of others) {
    outputs[name] = tf.clone(tensor);
    tensor.dispose();
  }
  const there = (grads as (tf.Tensor | undefined)[]).flatMap((gradient, i) =>
    gradient === undefined ? [] : [{ name: names[i]!, gradient }],
  );
  const means = meansOverReplicas(there.map(({ gradient }) => gradient));
  const gradients: TensorRecord = Object.fromEntries(there.map(({ name }, i) => [name, means[i]!]));
  return {
    outputs: fill(outline, (name) => outputs[name]) as Outputs,
    gradients: (fill(outlineOf(parameters), (name) => gradients[name]) ?? {}) as Parameters,
  };
}
