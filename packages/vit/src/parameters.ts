import type * as tf from '@tensorflow/tfjs-core';

/** A model's parameters by the names of the reference state dict. */
export type Parameters = Record<string, tf.Tensor>;

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
