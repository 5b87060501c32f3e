import * as tf from '@tensorflow/tfjs-core';
import {
  type ClipEncoder,
  clipPatches,
  encodePatchesLayers,
  encodeVjepa2PatchesLayers,
  framePatches,
  isVjepa2,
  type Parameters,
  type TokenGrid,
  vjepa2ClipPatches,
  vjepa2FramePatches,
} from '@vjepa/vit';

/** The form in which clips come. */
export interface VideoFeatureOptions {
  /** Clips come normalised, [B, 3, T, H, W], instead of as pixels [B, T, H, W, 3] with values 0..255. */
  normalizedClips?: boolean | undefined;
}

/** How {@link clipFeatures} normalises, and which layers it gives. */
export interface ClipFeatureOptions extends VideoFeatureOptions {
  /**
   * L blocks, counted from 1, whose outputs (through the encoder's last norm) are the features. Default: the last block
   * alone.
   */
  layers?: readonly number[] | undefined;
  /**
   * How several layers are joined: side by side in each token's `features`, [B, N, L * D], or one after the other as
   * `tokens`, [B, L * N, D], as V-JEPA 2's probes of several layers see them. Default `features`.
   */
  joinLayers?: 'features' | 'tokens' | undefined;
  /** int32 [B, K]: the tokens that are encoded, the others being dropped before the first block. Default: all. */
  mask?: tf.Tensor | undefined;
  /** [K]: 1 for tokens of the mask that are there, 0 for padding; see `presentTokens`. Default: all are there. */
  present?: tf.Tensor | undefined;
}

/**
 * The grid of the tokens that `clipFeatures` gives of a clip: an image model's have every frame for a time step.
 *
 * @param clip its frames and its pixels
 */
export function featureGrid(
  encoder: ClipEncoder,
  { frames, height, width }: { frames: number; height: number; width: number },
): TokenGrid {
  const { patchSize } = encoder;
  const byFrame = isImageModel(encoder) || (isVjepa2(encoder) && encoder.version === '2.1' && frames === 1);
  const depth = byFrame ? frames : Math.floor(frames / encoder.tubeletSize);
  return { depth, height: Math.floor(height / patchSize), width: Math.floor(width / patchSize) };
}

/** Whether an encoder sees every frame for itself. */
function isImageModel(encoder: ClipEncoder): boolean {
  return encoder.numFrames === 1 && !isVjepa2(encoder);
}

/**
 * Frozen features of one clip per video. An image model (numFrames 1) sees every frame for itself, and the frames'
 * tokens follow each other in time.
 *
 * @param clips [B, T, H, W, 3], or [B, 3, T, H, W] when normalised
 * @returns [B, N, L * D] or [B, L * N, D], K in place of N with a mask; of an image model every frame's, one after the
 *   other
 * @throws if a layer is named that the encoder does not have, or an image model is given a mask
 */
export function clipFeatures(
  encoder: ClipEncoder,
  parameters: Parameters,
  clips: tf.Tensor,
  options: ClipFeatureOptions = {},
): tf.Tensor3D {
  const { normalizedClips = false, layers = [encoder.depth], joinLayers = 'features', mask, present } = options;
  const blocks = layers.map((layer) => layer - 1);
  const encoded = (frames: tf.Tensor) => {
    const features = blockOutputs(encoder, parameters, frames, blocks, { normalizedClips, mask, present });
    return features.length === 1 ? features[0]! : (tf.concat(features, joinLayers === 'tokens' ? 1 : 2) as tf.Tensor3D);
  };
  if (!isImageModel(encoder)) return tf.tidy(() => encoded(clips));
  if (mask !== undefined) throw new Error('an image model sees every frame for itself, and takes no mask of a clip');
  return tf.tidy(() => {
    const features = encoded(framesAsClips(clips, normalizedClips));
    const B = clips.shape[0]!;
    const [BT, N, D] = features.shape;
    return tf.reshape(features, [B, (BT / B) * N, D]);
  });
}

function blockOutputs(
  encoder: ClipEncoder,
  parameters: Parameters,
  clips: tf.Tensor,
  blocks: readonly number[],
  { normalizedClips, ...options }: Pick<ClipFeatureOptions, 'normalizedClips' | 'mask' | 'present'>,
): tf.Tensor3D[] {
  if (isVjepa2(encoder)) {
    const patches = (normalizedClips ? vjepa2ClipPatches : vjepa2FramePatches)(encoder, clips);
    return encodeVjepa2PatchesLayers(encoder, parameters, patches, blocks, options);
  }
  const patches = (normalizedClips ? clipPatches : framePatches)(encoder, clips);
  return encodePatchesLayers(encoder, parameters, patches, blocks, options);
}

/** Every frame as a clip of its own: [B, T, ...] -> [B * T, 1, ...], channels where they were. */
function framesAsClips(clips: tf.Tensor, channelsFirst: boolean): tf.Tensor {
  const [B, a, b, H, W] = clips.shape as [number, number, number, number, number];
  if (!channelsFirst) return tf.reshape(clips, [B * a, 1, b, H, W]);
  return tf.reshape(tf.transpose(clips, [0, 2, 1, 3, 4]), [B * b, a, 1, H, W]);
}

/**
 * Images as still clips: each repeated along time, as the reference evaluates video models on images.
 *
 * @param images [B, H, W, 3], or [B, 3, H, W] when normalised
 * @returns [B, T, H, W, 3], or [B, 3, T, H, W]
 */
export function repeatInTime(images: tf.Tensor, frames: number, { normalizedClips = false }: VideoFeatureOptions = {}) {
  const axis = normalizedClips ? 2 : 1;
  const repeats = [1, 1, 1, 1, 1];
  repeats[axis] = frames;
  return tf.tidy(() => tf.tile(tf.expandDims(images, axis), repeats)) as tf.Tensor5D;
}

/**
 * What a probe is run on, from the features of a video's clips.
 *
 * Attending across segments, a view's segments are laid one after the other in time and the probe attends to all of
 * their tokens at once (tokens are time-major, so this is their concatenation; nothing marks the segment, so the order
 * does not matter). Otherwise the probe sees every clip alone and probabilities are averaged.
 *
 * @param features per segment, per view [B, N, D]
 * @returns a list of [B, K * N, D], one per view; or of [B, N, D], one per view and segment, segments fastest
 * @throws if the segments do not all have the same number of views
 */
export function aggregateSegments(
  features: tf.Tensor3D[][],
  { attendAcrossSegments }: { attendAcrossSegments: boolean },
): tf.Tensor3D[] {
  const views = features[0]?.length ?? 0;
  const odd = features.findIndex((segment) => segment.length !== views);
  if (views === 0 || odd !== -1) {
    const found = views === 0 ? 'there are no views' : `segment ${odd} has ${features[odd]!.length} views`;
    throw new Error(`every segment needs the same views: ${found}, segment 0 has ${views}`);
  }
  return Array.from({ length: views }, (_, view) => features.map((segment) => segment[view]!)).flatMap((segments) =>
    attendAcrossSegments && segments.length > 1 ? [tf.concat(segments, 1)] : segments,
  );
}
