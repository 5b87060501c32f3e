import * as tf from '@tensorflow/tfjs-core';

/** Added to depths before their logarithm. */
const EPSILON = 1e-3;

/** Share of the squared mean in the scale-invariant loss; weight of the gradients' loss beside it; scales of the latter. */
const MEAN_WEIGHT = 0.15;
const GRADIENT_WEIGHT = 0.5;
const SCALES = 4;

/**
 * The loss by which DINOv2 trains depth: with g = ln predicted − ln measured of the pixels that were measured,
 * sqrt(var g + 0.15 mean(g)²) (Eigen et al. 2014, as AdaBins has it), and half of the mean absolute difference of g
 * between pixels two apart, down and across, added up over four scales (Li and Snavely 2018, section 4). Devices that share a batch
 * take it of their own part.
 *
 * @param predicted metres above 0, [B, H, W]
 * @param measured metres, [B, H, W]; 0 where there is no measurement
 * @param range metres; what was measured below or beyond does not count
 */
export function depthLoss(
  predicted: tf.Tensor,
  measured: tf.Tensor,
  { minDepth, maxDepth }: { minDepth: number; maxDepth: number },
): tf.Scalar {
  const counts = tf.logicalAnd(tf.greaterEqual(measured, minDepth), tf.lessEqual(measured, maxDepth));
  const valid = tf.cast(counts, 'float32');
  const g = tf.mul(tf.sub(tf.log(tf.add(predicted, EPSILON)), tf.log(tf.add(measured, EPSILON))), valid);
  return tf.add(scaleInvariant(g, valid), tf.mul(gradientDifference(g, valid), GRADIENT_WEIGHT)) as tf.Scalar;
}

/** @param g 0 where it is not valid */
function scaleInvariant(g: tf.Tensor, valid: tf.Tensor): tf.Tensor {
  const count = tf.maximum(tf.sum(valid), 2);
  const mean = tf.div(tf.sum(g), count);
  const deviations = tf.mul(tf.square(tf.sub(g, mean)), valid);
  const variance = tf.div(tf.sum(deviations), tf.sub(count, 1));
  // The root of 0 has no gradient.
  return tf.sqrt(tf.add(tf.add(variance, tf.mul(tf.square(mean), MEAN_WEIGHT)), 1e-12));
}

function gradientDifference(g: tf.Tensor, valid: tf.Tensor): tf.Tensor {
  let [values, mask] = [g, valid];
  let sum: tf.Tensor = tf.scalar(0);
  for (let scale = 0; scale < SCALES; scale++) {
    if (scale > 0) [values, mask] = [everyOther(values), everyOther(mask)];
    const count = tf.maximum(tf.sum(mask), 1);
    for (const axis of [1, 2]) {
      if (values.shape[axis]! <= 2) continue;
      const both = tf.mul(apart(mask, axis, 0), apart(mask, axis, 2));
      const change = tf.abs(tf.sub(apart(values, axis, 0), apart(values, axis, 2)));
      sum = tf.add(sum, tf.div(tf.sum(tf.mul(change, both)), count));
    }
  }
  return sum;
}

/** All but two of the places along an axis, from `start` on. */
function apart(x: tf.Tensor, axis: number, start: number): tf.Tensor {
  const [begin, size] = [x.shape.map(() => 0), [...x.shape]];
  begin[axis] = start;
  size[axis]! -= 2;
  return tf.slice(x, begin, size);
}

/** Every second row and column, from the first on: [B, H, W] -> [B, ceil(H / 2), ceil(W / 2)]. */
function everyOther(x: tf.Tensor): tf.Tensor {
  const [B, H, W] = x.shape as [number, number, number];
  const [rows, columns] = [Math.ceil(H / 2), Math.ceil(W / 2)];
  // What is added to make rows and columns even is left out again.
  const tall = 2 * rows === H ? x : tf.concat([x, tf.zeros([B, 1, W])], 1);
  const even = 2 * columns === W ? tall : tf.concat([tall, tf.zeros([B, 2 * rows, 1])], 2);
  const cells = tf.reshape(even, [B, rows, 2, columns, 2]);
  return tf.reshape(tf.slice(cells, [0, 0, 0, 0, 0], [B, rows, 1, columns, 1]), [B, rows, columns]);
}
