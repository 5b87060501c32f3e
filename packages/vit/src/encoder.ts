import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import type { TokenGrid } from '@vjepa/masks';
import { checkPlaces } from './check-places.js';
import { embedVisiblePatches } from './embed-visible-patches.js';
import type { EncodeOptions } from './encode-options.js';
import { checkLayers, encoderBlocks } from './encoder-blocks.js';
import { type EncoderConfig, tokenGrid } from './encoder-config.js';
import { gatherRows, gatherTokens } from './gather-tokens.js';
import { interpolatePositionEmbedding } from './interpolate-position-embedding.js';
import { layerNorm } from './layer-norm.js';
import { type Parameters, parameter } from './parameters.js';
import { normalizePatches, type Patches, patchify, patchifyChannelsFirst } from './patches.js';

/**
 * The encoder E_theta of V-JEPA: patch embedding, position codes, transformer blocks, final layer norm.
 *
 * @param clip [B, 3, T, H, W], ImageNet-normalised (see `normalizeClip`); T = 1 for image models. A clip of another
 *   size than the config's resamples the position table.
 * @returns [B, N, D], or [B, K, D] with a mask
 * @throws if the clip or the mask has another shape, or the clip does not hold one tubelet
 */
export function encode(
  config: EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => encodePatches(config, parameters, clipPatches(config, clip), options));
}

/** The encoder on several masks of the same clips, one call per mask: a list of [B, K_i, D]. Patches are cut once. */
export function encodeMasks(
  config: EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  masks: tf.Tensor[],
  options: Omit<EncodeOptions, 'mask'> = {},
): tf.Tensor3D[] {
  return tf.tidy(() => {
    const patches = clipPatches(config, clip);
    return masks.map((mask) => encodePatches(config, parameters, patches, { ...options, mask }));
  });
}

/**
 * Intermediate features: for every listed block (0-based) its output through the shared final layer norm.
 *
 * @returns a list of [B, N, D] in the order of `outLayers`
 * @throws if a layer is listed that the encoder does not have
 */
export function encodeLayers(
  config: EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  outLayers: number[],
  options: EncodeOptions = {},
): tf.Tensor3D[] {
  return tf.tidy(() => encodePatchesLayers(config, parameters, clipPatches(config, clip), outLayers, options));
}

/** Patches of a normalised clip [B, 3, T, H, W] as this encoder cuts them. */
export function clipPatches(config: EncoderConfig, clip: tf.Tensor): Patches {
  checkClip(config, clip, '[B, 3, T, H, W]', 1);
  return patchifyChannelsFirst(clip, patchSizeOf(config));
}

/** Normalised patches of frames [B, T, H, W, 3] with values 0..255: one pass less than `normalizeClip` first. */
export function framePatches(config: EncoderConfig, frames: tf.Tensor): Patches {
  checkClip(config, frames, '[B, T, H, W, 3]', 4);
  return normalizePatches(patchify(frames, patchSizeOf(config)));
}

/** `encode` for patches that are cut already, so that several calls on one clip share them. */
export function encodePatches(
  config: EncoderConfig,
  parameters: Parameters,
  patches: Patches,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return encodePatchesLayers(config, parameters, patches, [config.depth - 1], options)[0]!;
}

/** `encodeLayers` for patches that are cut already. */
export function encodePatchesLayers(
  config: EncoderConfig,
  parameters: Parameters,
  patches: Patches,
  outLayers: readonly number[],
  options: EncodeOptions = {},
): tf.Tensor3D[] {
  checkLayers(config, outLayers);
  registerGradients();
  const tokens = embedPatches(config, parameters, patches, options.mask);
  return encoderBlocks(config, parameters, tokens, outLayers, options, (x) => finalNorm(config, parameters, x));
}

/** Patch embedding plus position codes of the visible tokens. [B, K, D]. */
function embedPatches(
  config: EncoderConfig,
  parameters: Parameters,
  { values, grid }: Patches,
  mask: tf.Tensor | undefined,
): tf.Tensor3D {
  const table = positionsFor(config, parameter(parameters, 'pos_embed'), grid);
  if (mask !== undefined) checkPlaces('the mask', mask, values.shape[0]);
  // Embedding and gathering commute; gathering first embeds what is visible only and needs no gradient of its own.
  const visible = mask === undefined ? values : gatherTokens(values, mask);
  const positions = mask === undefined ? table : gatherRows(table, mask);
  return tf.add(embedVisiblePatches(parameters, 'patch_embed.proj', visible), positions);
}

function positionsFor(config: EncoderConfig, table: tf.Tensor, grid: TokenGrid): tf.Tensor {
  const made = tokenGrid(config);
  if (grid.depth === made.depth && grid.height === made.height && grid.width === made.width) return table;
  if (config.numFrames === 1 && grid.height !== grid.width) {
    throw new Error(`an image model takes square images; this one has ${grid.height} x ${grid.width} patches`);
  }
  const scale = {
    depth: grid.depth / made.depth,
    height: grid.height / made.height,
    width: grid.width / made.width,
  };
  return interpolatePositionEmbedding(table, made, scale, config.numFrames > 1 ? 'trilinear' : 'bicubic').table;
}

function finalNorm(config: EncoderConfig, parameters: Parameters, x: tf.Tensor): tf.Tensor {
  return layerNorm(
    x,
    parameter(parameters, 'norm.weight'),
    parameter(parameters, 'norm.bias'),
    config.layerNormEpsilon,
  );
}

function patchSizeOf(config: EncoderConfig) {
  return { patchSize: config.patchSize, tubeletSize: config.numFrames > 1 ? config.tubeletSize : 1 };
}

function checkClip(config: EncoderConfig, clip: tf.Tensor, layout: string, channelAxis: number): void {
  if (clip.rank !== 5 || clip.shape[channelAxis] !== 3) {
    throw new Error(`clips must be ${layout}, but have shape [${clip.shape.join(', ')}]`);
  }
  const frames = clip.shape[channelAxis === 1 ? 2 : 1]!;
  if (config.numFrames === 1 && frames !== 1) {
    throw new Error(`this is an image model (numFrames 1), but the clips have ${frames} frames; encode frame by frame`);
  }
}
