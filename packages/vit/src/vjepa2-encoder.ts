import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { type TokenGrid, tokenCount } from '@vjepa/masks';
import { checkPlaces } from './check-places.js';
import { embedVisiblePatches } from './embed-visible-patches.js';
import type { EncodeOptions } from './encode-options.js';
import { checkLayers, encoderBlocks } from './encoder-blocks.js';
import { gatherTokens } from './gather-tokens.js';
import { layerNorm } from './layer-norm.js';
import { type Parameters, parameter } from './parameters.js';
import { normalizePatches, type Patches, patchify, patchifyChannelsFirst } from './patches.js';
import { tokenRotation } from './token-rotation.js';
import type { Vjepa2EncoderConfig } from './vjepa2-encoder-config.js';

/** Cuts of a clip, and which of V-JEPA 2.1's two embeddings they are for. */
export interface Vjepa2Patches extends Patches {
  modality: 'image' | 'video';
}

/**
 * The encoder of V-JEPA 2 and 2.1: patch embedding, blocks whose queries and keys are rotated by the tokens' positions, and
 * the last block's norm. Positions are those of the clip's own grid, whatever its size and shape.
 *
 * @param clip [B, 3, T, H, W], ImageNet-normalised. In V-JEPA 2.1 a clip of one frame is an image; in V-JEPA 2 an image is
 *   a clip of the same frame `tubeletSize` times or more
 * @returns [B, N, D], or [B, K, D] with a mask
 * @throws if the clip or the mask has another shape, or the clip does not hold one tubelet
 */
export function encodeVjepa2(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => encodeVjepa2Patches(config, parameters, vjepa2ClipPatches(config, clip), options));
}

/** `encodeVjepa2` on several masks of the same clips: a list of [B, K_i, D]. Patches are cut once. */
export function encodeVjepa2Masks(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  masks: readonly tf.Tensor[],
  options: Omit<EncodeOptions, 'mask'> = {},
): tf.Tensor3D[] {
  return tf.tidy(() => {
    const patches = vjepa2ClipPatches(config, clip);
    return masks.map((mask) => encodeVjepa2Patches(config, parameters, patches, { ...options, mask }));
  });
}

/**
 * Intermediate features: for every listed block (0-based) its output through its norm, which is the final one in V-JEPA 2
 * and the block's own in V-JEPA 2.1.
 *
 * @returns a list of [B, N, D] in the order of `outLayers`
 * @throws if a layer is listed that the encoder does not have, or in V-JEPA 2.1 one that has no norm
 */
export function encodeVjepa2Layers(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  outLayers: readonly number[],
  options: EncodeOptions = {},
): tf.Tensor3D[] {
  return tf.tidy(() =>
    encodeVjepa2PatchesLayers(config, parameters, vjepa2ClipPatches(config, clip), outLayers, options),
  );
}

/**
 * What V-JEPA 2.1's predictor takes and predicts: the levels, all blocks that have a norm, joined on features, first to
 * last.
 *
 * @returns [B, N, levels * D]
 * @throws if the encoder has no levels
 */
export function encodeVjepa2Levels(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  clip: tf.Tensor,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => encodeVjepa2PatchesLevels(config, parameters, vjepa2ClipPatches(config, clip), options));
}

/** Patches of a normalised clip [B, 3, T, H, W] as this encoder cuts them. */
export function vjepa2ClipPatches(config: Vjepa2EncoderConfig, clip: tf.Tensor): Vjepa2Patches {
  const modality = modalityOf(config, clip, '[B, 3, T, H, W]', { channels: 1, frames: 2 });
  return { modality, ...patchifyChannelsFirst(clip, patchSizeOf(config, modality)) };
}

/** Normalised patches of frames [B, T, H, W, 3] with values 0..255. */
export function vjepa2FramePatches(config: Vjepa2EncoderConfig, frames: tf.Tensor): Vjepa2Patches {
  const modality = modalityOf(config, frames, '[B, T, H, W, 3]', { channels: 4, frames: 1 });
  return { modality, ...normalizePatches(patchify(frames, patchSizeOf(config, modality))) };
}

/** `encodeVjepa2` for patches that are cut already, so that several calls on one clip share them. */
export function encodeVjepa2Patches(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  patches: Vjepa2Patches,
  options: EncodeOptions = {},
): tf.Tensor3D {
  return encodeVjepa2PatchesLayers(config, parameters, patches, [config.depth - 1], options)[0]!;
}

/** `encodeVjepa2Levels` for patches that are cut already. */
export function encodeVjepa2PatchesLevels(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  patches: Vjepa2Patches,
  options: EncodeOptions = {},
): tf.Tensor3D {
  if (config.normLayers.length === 0) {
    throw new Error('this encoder of V-JEPA 2 has one norm and no levels; ask for outLayers');
  }
  return tf.concat(encodeVjepa2PatchesLayers(config, parameters, patches, config.normLayers, options), 2);
}

/** `encodeVjepa2Layers` for patches that are cut already. */
export function encodeVjepa2PatchesLayers(
  config: Vjepa2EncoderConfig,
  parameters: Parameters,
  patches: Vjepa2Patches,
  outLayers: readonly number[],
  options: EncodeOptions = {},
): tf.Tensor3D[] {
  checkLayers(config, outLayers);
  registerGradients();
  const norms = outLayers.map((layer) => normOf(config, layer));
  const { mask } = options;
  if (mask !== undefined) checkPlaces('the mask', mask, patches.values.shape[0]);
  const visible = mask === undefined ? patches.values : gatherTokens(patches.values, mask);
  const tokens = embed(config, parameters, visible, patches.modality);
  const { version, rotarySide: side } = config;
  const variant = version === '2' ? 'tiled' : 'paired';
  const grid = countedGrid(config, patches.grid);
  // A grid of other frames may have places beyond the last token.
  const N = tokenCount(patches.grid);
  const rotation = tokenRotation(grid, N, config.embedDim / config.numHeads, { variant, side }, mask);
  return encoderBlocks(config, parameters, tokens, outLayers, { ...options, rotation }, (x, layer) => {
    const norm = norms[outLayers.indexOf(layer)];
    const [weight, bias] = [parameter(parameters, `${norm}.weight`), parameter(parameters, `${norm}.bias`)];
    return layerNorm(x, weight, bias, config.layerNormEpsilon);
  });
}

/** The grid that places are counted in: the clip's, or one of square frames that holds as many tokens. */
function countedGrid({ positionSide: side }: Vjepa2EncoderConfig, own: TokenGrid): TokenGrid {
  return side === undefined ? own : { depth: Math.ceil(tokenCount(own) / side ** 2), height: side, width: side };
}

function embed(
  { version }: Vjepa2EncoderConfig,
  parameters: Parameters,
  visible: tf.Tensor3D,
  modality: 'image' | 'video',
): tf.Tensor3D {
  if (version === '2') return embedVisiblePatches(parameters, 'patch_embed.proj', visible);
  const [patchEmbedding, modalityEmbedding] =
    modality === 'image'
      ? (['patch_embed_img.proj', 'img_mod_embed'] as const)
      : (['patch_embed.proj', 'video_mod_embed'] as const);
  return tf.add(embedVisiblePatches(parameters, patchEmbedding, visible), parameter(parameters, modalityEmbedding));
}

/** The name of the norm of a block's output. */
function normOf({ version, normLayers }: Vjepa2EncoderConfig, layer: number): string {
  if (version === '2') return 'norm';
  const level = normLayers.indexOf(layer);
  if (level >= 0) return `norms_block.${level}`;
  throw new Error(
    `block ${layer} has no norm in this encoder of V-JEPA 2.1; those that have are ${normLayers.join(', ')}`,
  );
}

function patchSizeOf({ patchSize, tubeletSize }: Vjepa2EncoderConfig, modality: 'image' | 'video') {
  return { patchSize, tubeletSize: modality === 'image' ? 1 : tubeletSize };
}

function modalityOf(
  { version }: Vjepa2EncoderConfig,
  clip: tf.Tensor,
  layout: string,
  axis: { channels: number; frames: number },
): 'image' | 'video' {
  if (clip.rank !== 5 || clip.shape[axis.channels] !== 3) {
    throw new Error(`clips must be ${layout}, but have shape [${clip.shape.join(', ')}]`);
  }
  return version === '2.1' && clip.shape[axis.frames] === 1 ? 'image' : 'video';
}
