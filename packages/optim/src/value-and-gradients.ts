import * as tf from '@tensorflow/tfjs-core';
import { meanOverReplicas, registerGradients, type TensorRecord } from '@vjepa/engine';

/**
 * A loss, its gradients with respect to named parameters, and whatever else the forward pass computed. Where several
 * devices share the batch, the gradients are those of the whole batch, the mean of all devices': the loss is to be a mean
 * over samples.
 *
 * @param f the forward pass; must read the very tensors in `parameters`, and return scalar `loss`
 * @returns gradients of the parameters that `f` depends on (the others have no entry) and `outputs`, all of f's
 *   results including the loss
 */
export function valueAndGradients<Outputs extends TensorRecord & { loss: tf.Tensor }>(
  f: () => Outputs,
  parameters: TensorRecord,
): { outputs: Outputs; gradients: TensorRecord } {
  registerGradients();
  const names = Object.keys(parameters);
  let kept: [string, tf.Tensor][] = [];
  const forward = () => {
    const { loss, ...others } = f();
    // The tape disposes everything but the loss when the forward pass ends.
    kept = Object.entries(others).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]);
    return loss;
  };
  const { value, grads } = tf.engine().gradients(forward, Object.values(parameters), undefined, true);
  const outputs: TensorRecord = { loss: value };
  for (const [name, tensor] of kept) {
    outputs[name] = tf.clone(tensor);
    tensor.dispose();
  }
  const gradients: TensorRecord = {};
  (grads as (tf.Tensor | undefined)[]).forEach((gradient, i) => {
    if (gradient !== undefined) gradients[names[i]!] = meanOverReplicas(gradient);
  });
  return { outputs: outputs as Outputs, gradients };
}
