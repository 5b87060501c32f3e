import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { type TokenGrid, tokenCount } from '@vjepa/masks';
import { type Recompute, transformerBlock } from './block.js';
import { checkPlaces } from './check-places.js';
import { tokenGrid } from './encoder-config.js';
import { gelu } from './gelu.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import { type Parameters, parameter } from './parameters.js';
import { tokenRotation } from './token-rotation.js';
import type { Vjepa2PredictorConfig } from './vjepa2-predictor-config.js';

/** How a prediction is made. */
export interface PredictVjepa2Options {
  /**
   * Which mask token stands for the targets, modulo their number. Default 1, as the published models are used. Pretraining
   * counts groups of clips of one length with it, not masks: with one length it is 0.
   */
  maskIndex?: number | undefined;
  /** Whose embedding V-JEPA 2.1 adds to every token. Default 'video'. */
  modality?: 'image' | 'video' | undefined;
  /**
   * The grid of tokens that places are counted in. Default: that of the config's clips, which are square. The published
   * code has no other, and misplaces the tokens of clips that are not square; give their own grid to place them right.
   */
  grid?: TokenGrid | undefined;
  /** What the blocks compute again in the backward pass instead of keeping it. Default 'none'. */
  recompute?: Recompute | undefined;
  /** [Kc] and [Kt]: 1 for tokens that are there, 0 for padding; see `presentTokens`. Default: all are there. */
  present?: { context: tf.Tensor; target: tf.Tensor } | undefined;
}

/**
 * The predictor of V-JEPA 2 and 2.1: from the context tokens and the places of the targets, the targets' features. A
 * target is a mask token and nothing else: where it is, its rotation tells.
 *
 * The reference sorts the tokens by place and undoes it at the end. Attention does not see an order, so nothing is sorted
 * here: a token's place is in its rotation.
 *
 * @param context [B, Kc, levels * D] encoded context tokens
 * @param contextMask [B, Kc] int32, their places
 * @param targetMask [B, Kt] int32, the places to predict, each in 0 .. N - 1 of the grid
 * @returns [B, Kt, outputDim], in the order of `targetMask`
 * @throws if the context or a mask has another shape, or an option is none
 */
export function predictVjepa2(
  config: Vjepa2PredictorConfig,
  parameters: Parameters,
  context: tf.Tensor,
  contextMask: tf.Tensor,
  targetMask: tf.Tensor,
  options: PredictVjepa2Options = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const Kt = targetMask.shape[1]!;
    const tokens = predictorTokens(config, parameters, { context, contextMask, targetMask }, options, Kt);
    return mapTokens(parameters, 'predictor_proj', tokens);
  });
}

/**
 * What V-JEPA 2.1 is trained to predict: the targets, as `predictVjepa2`, and by a projection of their own the context
 * tokens.
 *
 * @returns target [B, Kt, outputDim] and context [B, Kc, outputDim], each in the order of its mask
 * @throws if the predictor is one of V-JEPA 2, the context or a mask has another shape, or an option is none
 */
export function predictVjepa2WithContext(
  config: Vjepa2PredictorConfig,
  parameters: Parameters,
  context: tf.Tensor,
  contextMask: tf.Tensor,
  targetMask: tf.Tensor,
  options: PredictVjepa2Options = {},
): { target: tf.Tensor3D; context: tf.Tensor3D } {
  if (config.version === '2') throw new Error('the predictor of V-JEPA 2 predicts targets only; ask for predictVjepa2');
  return tf.tidy(() => {
    const tokens = predictorTokens(config, parameters, { context, contextMask, targetMask }, options);
    const [seen, predicted] = tf.split(tokens, [contextMask.shape[1]!, targetMask.shape[1]!], 1) as tf.Tensor3D[];
    return {
      target: mapTokens(parameters, 'predictor_proj', predicted!),
      context: mapTokens(parameters, 'predictor_proj_context', seen!),
    };
  });
}

interface PredictorInputs {
  context: tf.Tensor;
  contextMask: tf.Tensor;
  targetMask: tf.Tensor;
}

/** Normed outputs of the blocks, context first; only the last K of each sequence if `lastTokens` is given. */
function predictorTokens(
  config: Vjepa2PredictorConfig,
  parameters: Parameters,
  { context, contextMask, targetMask }: PredictorInputs,
  options: PredictVjepa2Options,
  lastTokens?: number,
): tf.Tensor3D {
  registerGradients();
  const { maskIndex = 1, modality = 'video', grid = tokenGrid(config) } = options;
  const [B, Kc] = checkedContext(config, context, contextMask);
  checkPlaces('the target mask', targetMask, B);
  if (!Number.isInteger(maskIndex) || maskIndex < 0) {
    throw new Error(`maskIndex is ${maskIndex}; it must be a whole number of at least 0`);
  }
  const Kt = targetMask.shape[1]!;
  const { embedDim: P, numHeads, layerNormEpsilon, rotarySide: side } = config;

  const contextTokens = embedContext(config, parameters, context);
  const maskToken = parameter(parameters, `mask_tokens.${maskIndex % config.numMaskTokens}`);
  const tokens = tf.concat([contextTokens, tf.add(tf.zeros([B, Kt, P]), maskToken)], 1);
  const embedded = config.version === '2' ? tokens : tf.add(tokens, modalityEmbedding(parameters, modality));

  const variant = config.version === '2' ? 'tiled' : 'paired';
  const places = tf.concat([contextMask, targetMask], 1);
  const rotation = tokenRotation(grid, tokenCount(grid), P / numHeads, { variant, side }, places);
  const present = options.present && tf.concat([options.present.context, options.present.target]);
  let x = tf.reshape(embedded, [B * (Kc + Kt), P]) as tf.Tensor2D;
  for (let i = 0; i < config.depth; i++) {
    x = transformerBlock(x, parameters, `predictor_blocks.${i}`, {
      batchSize: B,
      numHeads,
      layerNormEpsilon,
      recompute: options.recompute,
      present,
      rotation,
      lastTokens: i === config.depth - 1 ? lastTokens : undefined,
    });
  }
  const [weight, bias] = [parameter(parameters, 'predictor_norm.weight'), parameter(parameters, 'predictor_norm.bias')];
  return tf.reshape(layerNorm(x, weight, bias, layerNormEpsilon), [B, lastTokens ?? Kc + Kt, P]);
}

/**
 * @returns B and Kc
 * @throws if the context is not [B, Kc, levels * D], or its mask not [B, Kc]
 */
function checkedContext(
  { levels, encoderDim }: Vjepa2PredictorConfig,
  context: tf.Tensor,
  contextMask: tf.Tensor,
): [number, number] {
  const [B, Kc] = context.shape as [number, number];
  if (context.rank !== 3 || context.shape[2] !== levels * encoderDim) {
    const joined = levels === 1 ? '' : `, ${levels} levels of ${encoderDim} joined: see encodeVjepa2Levels`;
    throw new Error(
      `the context is [${context.shape.join(', ')}]; this predictor takes [B, Kc, ${levels * encoderDim}]${joined}`,
    );
  }
  checkPlaces('the context mask', contextMask, B);
  if (contextMask.shape[1] !== Kc) {
    throw new Error(
      `the context has ${Kc} tokens and its mask ${contextMask.shape[1]}; it has one place for each token`,
    );
  }
  return [B, Kc];
}

/** [B, Kc, levels * D] -> [B, Kc, P]: one linear map, or two with a GELU between where several levels are fused. */
function embedContext({ levels }: Vjepa2PredictorConfig, parameters: Parameters, context: tf.Tensor): tf.Tensor3D {
  if (levels === 1) return mapTokens(parameters, 'predictor_embed', context);
  const fused = gelu(mapTokens(parameters, 'predictor_embed.0', context));
  return mapTokens(parameters, 'predictor_embed.2', fused);
}

function modalityEmbedding(parameters: Parameters, modality: 'image' | 'video'): tf.Tensor {
  if (modality !== 'image' && modality !== 'video') {
    throw new Error(`modality is '${modality}'; it must be 'image' or 'video'`);
  }
  return parameter(parameters, modality === 'image' ? 'img_mod_embed' : 'video_mod_embed');
}

/** A linear map of tokens: [B, K, I] -> [B, K, O]. */
function mapTokens(parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor3D {
  const [B, K, I] = x.shape as [number, number, number];
  const weight = parameter(parameters, `${name}.weight`);
  const y = linear(tf.reshape(x, [B * K, I]), weight, parameter(parameters, `${name}.bias`));
  return tf.reshape(y, [B, K, weight.shape[0]!]);
}
