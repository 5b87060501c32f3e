import type * as tf from '@tensorflow/tfjs-core';

/**
 * What values cannot tell, because steps are traced without them: whether places of tokens have the shape they are read by.
 *
 * @param what the places are called, as in 'the mask'
 * @throws if they are not [B, K] int32
 */
export function checkPlaces(what: string, places: tf.Tensor, B: number): void {
  if (places.rank === 2 && places.shape[0] === B && places.dtype === 'int32') return;
  throw new Error(
    `${what} is [${places.shape.join(', ')}] ${places.dtype}; expected [${B}, K] int32, ` +
      'the ids of K tokens for each sequence of the batch',
  );
}
