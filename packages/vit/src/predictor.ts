import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from '@vjepa/engine';
import { type Recompute, transformerBlock } from './block.js';
import { gatherRows } from './gather-tokens.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import { type Parameters, parameter } from './parameters.js';
import type { PredictorConfig } from './predictor-config.js';

/** Which tokens are there, and what the backward pass computes again. */
export interface PredictOptions {
  /** What the blocks compute again in the backward pass instead of keeping it. Default 'none'. */
  recompute?: Recompute | undefined;
  /** [Kc] and [Kt]: 1 for tokens that are there, 0 for padding; see `presentTokens`. Default: all are there. */
  present?: { context: tf.Tensor; target: tf.Tensor } | undefined;
}

/**
 * The predictor P_phi of V-JEPA: from the context tokens and the places of the targets, the targets' features.
 *
 * A learned mask token plus a target's position code stands for every target; context and targets go through the
 * blocks together, context first, and the targets' outputs are projected back to the encoder's width.
 *
 * @param context [B, Kc, D] encoded context tokens
 * @param contextMask [B, Kc] int32, their places
 * @param targetMask [B, Kt] int32, the places to predict
 * @param maskIndex which mask of the objective this is; mask token maskIndex mod numMaskTokens is used
 * @returns [B, Kt, outputDim], in the order of `targetMask`
 */
export function predict(
  config: PredictorConfig,
  parameters: Parameters,
  context: tf.Tensor,
  contextMask: tf.Tensor,
  targetMask: tf.Tensor,
  maskIndex = 1,
  options: PredictOptions = {},
): tf.Tensor3D {
  registerGradients();
  return tf.tidy(() => {
    const [B, Kc, D] = context.shape as [number, number, number];
    const Kt = targetMask.shape[1]!;
    const P = config.embedDim;
    const table = parameter(parameters, 'predictor_pos_embed');
    const weight = (name: string) => parameter(parameters, name);

    const embedded = linear(
      tf.reshape(context, [B * Kc, D]),
      weight('predictor_embed.weight'),
      weight('predictor_embed.bias'),
    );
    const contextTokens = tf.add(tf.reshape(embedded, [B, Kc, P]), gatherRows(table, contextMask));
    const maskToken = weight(`mask_tokens.${maskIndex % config.numMaskTokens}`);
    const targetTokens = tf.add(gatherRows(table, targetMask), maskToken);

    const present = options.present && tf.concat([options.present.context, options.present.target]);
    let x = tf.reshape(tf.concat([contextTokens, targetTokens], 1), [B * (Kc + Kt), P]) as tf.Tensor2D;
    for (let i = 0; i < config.depth; i++) {
      // Only the targets' features are projected, so the last block need not compute others.
      x = transformerBlock(x, parameters, `predictor_blocks.${i}`, {
        batchSize: B,
        numHeads: config.numHeads,
        layerNormEpsilon: config.layerNormEpsilon,
        recompute: options.recompute,
        present,
        lastTokens: i === config.depth - 1 ? Kt : undefined,
      });
    }
    const normed = layerNorm(
      x,
      weight('predictor_norm.weight'),
      weight('predictor_norm.bias'),
      config.layerNormEpsilon,
    );
    const projected = linear(normed, weight('predictor_proj.weight'), weight('predictor_proj.bias'));
    return tf.reshape(projected, [B, Kt, config.outputDim]) as tf.Tensor3D;
  });
}
