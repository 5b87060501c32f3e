import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor } from '@vjepa/engine';

/** A model's parameters by the names of the reference state dict. */
export type Parameters = Record<string, tf.Tensor>;

/** Copies host tensors to the active backend. The caller owns, and disposes, the result. */
export function toParameters(host: Record<string, FloatTensor>): Parameters {
  const parameters: Parameters = {};
  for (const [name, { shape, data }] of Object.entries(host)) parameters[name] = tf.tensor(data, shape, 'float32');
  return parameters;
}

/** The tensors whose names start with `prefix`, under their names without it. No tensor is copied. */
export function selectParameters(state: Parameters, prefix: string): Parameters {
  const selected: Parameters = {};
  for (const [name, tensor] of Object.entries(state)) {
    if (name.startsWith(prefix)) selected[name.slice(prefix.length)] = tensor;
  }
  return selected;
}

/** The parameter called `name`, or an error that says which names there are. */
export function parameter(parameters: Parameters, name: string): tf.Tensor {
  const tensor = parameters[name];
  if (tensor === undefined) {
    const names = Object.keys(parameters);
    throw new Error(
      `the model needs a parameter '${name}', but the ${names.length} given do not include it` +
        `${names.length > 0 ? ` (they start with '${names[0]}')` : ''}; check prefixes and the depth of the config`,
    );
  }
  return tensor;
}
