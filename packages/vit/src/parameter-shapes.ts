import { tokenCount } from '@vjepa/masks';
import { type EncoderConfig, mlpHiddenDim, tokenGrid } from './encoder-config.js';
import type { PredictorConfig } from './predictor-config.js';

/** Names and shapes in the order of the reference state dict. */
export type ParameterShapes = Map<string, number[]>;

/** The position tables: stored with V-JEPA's parameters, never trained. Files of V-JEPA 2 may carry them, too, unread. */
export const FROZEN_PARAMETERS: ReadonlySet<string> = new Set(['pos_embed', 'predictor_pos_embed']);

/** Names, shapes and order of an encoder's parameters, as in the reference state dict (5 + 12 * depth entries). */
export function encoderParameterShapes(config: EncoderConfig): ParameterShapes {
  const { embedDim: D, patchSize: p, tubeletSize: tubelet } = config;
  const shapes: ParameterShapes = new Map();
  shapes.set('pos_embed', [1, tokenCount(tokenGrid(config)), D]);
  shapes.set('patch_embed.proj.weight', config.numFrames > 1 ? [D, 3, tubelet, p, p] : [D, 3, p, p]);
  shapes.set('patch_embed.proj.bias', [D]);
  for (let i = 0; i < config.depth; i++) {
    addBlockShapes(shapes, `blocks.${i}`, D, mlpHiddenDim(D, config.mlpRatio));
  }
  shapes.set('norm.weight', [D]);
  shapes.set('norm.bias', [D]);
  return shapes;
}

/** Names, shapes and order of a predictor's parameters, as in the reference state dict (7 + M + 12 * depth entries). */
export function predictorParameterShapes(config: PredictorConfig): ParameterShapes {
  const P = config.embedDim;
  const shapes: ParameterShapes = new Map();
  shapes.set('predictor_pos_embed', [1, tokenCount(tokenGrid(config)), P]);
  shapes.set('predictor_embed.weight', [P, config.encoderDim]);
  shapes.set('predictor_embed.bias', [P]);
  for (let i = 0; i < config.numMaskTokens; i++) shapes.set(`mask_tokens.${i}`, [1, 1, P]);
  for (let i = 0; i < config.depth; i++) {
    addBlockShapes(shapes, `predictor_blocks.${i}`, P, mlpHiddenDim(P, config.mlpRatio));
  }
  shapes.set('predictor_norm.weight', [P]);
  shapes.set('predictor_norm.bias', [P]);
  shapes.set('predictor_proj.weight', [config.outputDim, P]);
  shapes.set('predictor_proj.bias', [config.outputDim]);
  return shapes;
}

/** Adds the parameters of one pre-norm transformer block of width `dim`. */
export function addBlockShapes(shapes: ParameterShapes, prefix: string, dim: number, hiddenDim: number): void {
  shapes.set(`${prefix}.norm1.weight`, [dim]);
  shapes.set(`${prefix}.norm1.bias`, [dim]);
  shapes.set(`${prefix}.attn.qkv.weight`, [3 * dim, dim]);
  shapes.set(`${prefix}.attn.qkv.bias`, [3 * dim]);
  shapes.set(`${prefix}.attn.proj.weight`, [dim, dim]);
  shapes.set(`${prefix}.attn.proj.bias`, [dim]);
  shapes.set(`${prefix}.norm2.weight`, [dim]);
  shapes.set(`${prefix}.norm2.bias`, [dim]);
  shapes.set(`${prefix}.mlp.fc1.weight`, [hiddenDim, dim]);
  shapes.set(`${prefix}.mlp.fc1.bias`, [hiddenDim]);
  shapes.set(`${prefix}.mlp.fc2.weight`, [dim, hiddenDim]);
  shapes.set(`${prefix}.mlp.fc2.bias`, [dim]);
}

/** Adds a layer norm's parameters. */
export function addNormShapes(shapes: ParameterShapes, prefix: string, dim: number): void {
  shapes.set(`${prefix}.weight`, [dim]);
  shapes.set(`${prefix}.bias`, [dim]);
}

/** Adds a linear map's parameters. */
export function addLinearShapes(shapes: ParameterShapes, prefix: string, outputDim: number, inputDim: number): void {
  shapes.set(`${prefix}.weight`, [outputDim, inputDim]);
  shapes.set(`${prefix}.bias`, [outputDim]);
}

/** Number of trainable values (the frozen position tables do not count, as in the papers' figures). */
export function countParameters(shapes: ParameterShapes): number {
  let count = 0;
  for (const [name, shape] of shapes) {
    if (!FROZEN_PARAMETERS.has(name)) count += shape.reduce((product, size) => product * size, 1);
  }
  return count;
}
