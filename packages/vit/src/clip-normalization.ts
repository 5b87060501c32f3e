import * as tf from '@tensorflow/tfjs-core';

/** Mean of the ImageNet training set, red, green and blue, on a scale of 0 to 1. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
/** Standard deviation of the ImageNet training set, red, green and blue, on a scale of 0 to 1. */
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/**
 * Frames as decoded to clips as the encoder takes them: scaled to 0..1, ImageNet mean and deviation removed,
 * channels before time.
 *
 * @param clip [B, T, H, W, 3] with values 0..255
 * @returns [B, 3, T, H, W] float32
 */
export function normalizeClip(clip: tf.Tensor): tf.Tensor5D {
  const [B, T, H, W, C] = clip.shape as [number, number, number, number, number];
  const channelsFirst = tf.reshape(tf.transpose(tf.reshape(clip, [B, T * H * W, C]), [0, 2, 1]), [B, C, T, H, W]);
  const { scale, shift } = pixelNormalization();
  const column = (values: number[]) => tf.reshape(tf.tensor1d(values), [1, C, 1, 1, 1]);
  return tf.add(tf.mul(tf.cast(channelsFirst, 'float32'), column(scale)), column(shift));
}

/** x / 255 normalised = x * scale + shift, per channel. */
export function pixelNormalization(): { scale: number[]; shift: number[] } {
  return {
    scale: IMAGENET_STD.map((deviation) => 1 / (255 * deviation)),
    shift: IMAGENET_MEAN.map((mean, channel) => -mean / IMAGENET_STD[channel]!),
  };
}
