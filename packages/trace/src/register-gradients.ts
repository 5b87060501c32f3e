import { getGradient } from '@tensorflow/tfjs-core';
import { loadBundle } from './bundle.js';

/**
 * Registers the gradients of tfjs-core's operations, and its methods on tensors (`x.add(y)`), for every backend. The
 * build of tfjs-core that Node loads has neither, unlike the one browsers load; without them `tf.grads` fails with
 * "gradient function not found". {@link loadTensorFlow} does this; call it where only another backend is used.
 */
export function registerGradients(): void {
  // An operation of which nobody else, as @vjepa/engine, registers a gradient.
  if (getGradient('Acosh') === undefined) loadBundle('gradients');
}
