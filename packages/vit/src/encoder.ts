import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import type { TokenGrid } from '@vjepa/masks';
import { type Recompute, transformerBlock } from './block.js';
import { type EncoderConfig, tokenGrid } from './encoder-config.js';
import { gatherTokens } from './gather-tokens.js';
import { inTurn } from './in-turn.js';
import { interpolatePositionEmbedding } from './interpolate-position-embedding.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import { type Parameters, parameter } from './parameters.js';
import { normalizePatches, type Patches, patchify, patchifyChannelsFirst, patchWeightMatrix } from './patches.js';

/** Which tokens are encoded, and what the backward pass computes again. */
export interface EncodeOptions {
  /** [B, K] int32: the tokens to encode, in this order; the others are dropped before the first block. Default: all. */
  mask?: tf.Tensor | undefined;
  /** [K]: 1 for tokens of the mask that are there, 0 for padding; see `presentTokens`. Default: all are there. */
  present?: tf.Tensor | undefined;
  /** What the blocks compute again in the backward pass instead of keeping it. Default 'none'. */
  recompute?: Recompute | undefined;
  /** [depth, 2, B]: see `BlockOptions.branchScale`. Stochastic depth for fine-tuning. */
  branchScale?: tf.Tensor | undefined;
  /** Which of several passes this is whose gradients are added up; see `inTurn`. */
  turn?: number | undefined;
}

/**
 * The encoder E_theta of V-JEPA: patch embedding, position codes, transformer blocks, final layer norm.
 *
 * @param clip [B, 3, T, H, W], ImageNet-normalised (see `normalizeClip`); T = 1 for image models. A clip of another
 *   size than the config's resamples the position table.
 * @returns [B, N, D], or [B, K, D] with a mask
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
  for (const layer of outLayers) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= config.depth) {
      throw new Error(`layer ${layer} is not one of the encoder's blocks 0..${config.depth - 1}`);
    }
  }
  registerGradients();
  const tokens = embedPatches(config, parameters, patches, options.mask);
  const [B, N, D] = tokens.shape;
  const outputs = new Map<number, tf.Tensor3D>();
  let x = inTurn(tf.reshape(tokens, [B * N, D]) as tf.Tensor2D, options.turn);
  for (let i = 0; i <= Math.max(...outLayers); i++) {
    x = transformerBlock(x, parameters, `blocks.${i}`, {
      batchSize: B,
      numHeads: config.numHeads,
      layerNormEpsilon: config.layerNormEpsilon,
      recompute: options.recompute,
      branchScale: blockScale(options.branchScale, i, B),
      present: options.present,
    });
    if (outLayers.includes(i)) outputs.set(i, tf.reshape(finalNorm(config, parameters, x), [B, N, D]));
  }
  return outLayers.map((layer) => outputs.get(layer)!);
}

/** Patch embedding plus position codes of the visible tokens. [B, K, D]. */
function embedPatches(
  config: EncoderConfig,
  parameters: Parameters,
  { values, grid }: Patches,
  mask: tf.Tensor | undefined,
): tf.Tensor3D {
  const table = positionsFor(config, parameter(parameters, 'pos_embed'), grid);
  // Embedding and gathering commute; gathering first embeds what is visible only and needs no gradient of its own.
  const visible = mask === undefined ? values : gatherTokens(values, mask);
  const positions = mask === undefined ? table : gatherRows(table, mask);
  const [B, K, F] = visible.shape;
  const weight = patchWeightMatrix(parameter(parameters, 'patch_embed.proj.weight'));
  const bias = parameter(parameters, 'patch_embed.proj.bias');
  const embedded = linear(tf.reshape(visible, [B * K, F]), weight, bias, { inputGradient: false });
  return tf.add(tf.reshape(embedded, [B, K, config.embedDim]), positions);
}

/** Rows of a table shared by the batch: [1, N, D] at [B, K] -> [B, K, D]. */
export function gatherRows(table: tf.Tensor, indices: tf.Tensor): tf.Tensor3D {
  const [B, K] = indices.shape as [number, number];
  return tf.reshape(gatherTokens(table, tf.reshape(indices, [1, B * K])), [B, K, table.shape[2]!]);
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

function blockScale(scale: tf.Tensor | undefined, block: number, B: number): tf.Tensor | undefined {
  return scale === undefined ? undefined : tf.reshape(tf.slice(scale, [block, 0, 0], [1, 2, B]), [2, B]);
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
