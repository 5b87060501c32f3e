import * as tf from '@tensorflow/tfjs-core';
import { findFusedKernel } from '@vjepa/engine';

/**
 * x itself, the first tokens of one of several passes whose gradients are added up. A backend that plans a graph's memory
 * may begin a pass only when the gradient of the one before has come back to here, so that the activations of one pass are
 * kept at a time.
 *
 * @param turn which of the passes, counted from 0. Default: there is only one
 */
export function inTurn(x: tf.Tensor2D, turn: number | undefined): tf.Tensor2D {
  const [begin, end] = [findFusedKernel('VjepaBeginTurn'), findFusedKernel('VjepaEndTurn')];
  if (turn === undefined || begin === undefined || end === undefined) return x;
  return tf.customGrad(() => ({
    value: begin({ x }, { turn })[0]!,
    gradFunc: (dy: tf.Tensor) => end({ x: dy }, { turn })[0]!,
  }))(x) as tf.Tensor2D;
}
