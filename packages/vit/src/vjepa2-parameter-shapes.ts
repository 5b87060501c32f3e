import { mlpHiddenDim } from './encoder-config.js';
import { addBlockShapes, addLinearShapes, addNormShapes, type ParameterShapes } from './parameter-shapes.js';
import type { Vjepa2EncoderConfig } from './vjepa2-encoder-config.js';
import type { Vjepa2PredictorConfig } from './vjepa2-predictor-config.js';

/**
 * Names and shapes of an encoder's parameters, as in the reference state dict. Its files hold a `pos_embed` beside these,
 * which nothing reads.
 */
export function vjepa2EncoderParameterShapes(config: Vjepa2EncoderConfig): ParameterShapes {
  const { version, embedDim: D, patchSize: p, tubeletSize: tubelet } = config;
  const shapes: ParameterShapes = new Map();
  if (version === '2.1') {
    shapes.set('img_mod_embed', [1, 1, D]);
    shapes.set('video_mod_embed', [1, 1, D]);
  }
  shapes.set('patch_embed.proj.weight', [D, 3, tubelet, p, p]);
  shapes.set('patch_embed.proj.bias', [D]);
  if (version === '2.1') {
    shapes.set('patch_embed_img.proj.weight', [D, 3, 1, p, p]);
    shapes.set('patch_embed_img.proj.bias', [D]);
  }
  for (let i = 0; i < config.depth; i++) {
    addBlockShapes(shapes, `blocks.${i}`, D, mlpHiddenDim(D, config.mlpRatio));
  }
  if (version === '2') addNormShapes(shapes, 'norm', D);
  for (const level of config.normLayers.keys()) addNormShapes(shapes, `norms_block.${level}`, D);
  return shapes;
}

/** Names and shapes of a predictor's parameters, as in the reference state dict. */
export function vjepa2PredictorParameterShapes(config: Vjepa2PredictorConfig): ParameterShapes {
  const { version, embedDim: P, encoderDim: D, levels, outputDim } = config;
  const shapes: ParameterShapes = new Map();
  if (version === '2.1') {
    shapes.set('img_mod_embed', [1, 1, P]);
    shapes.set('video_mod_embed', [1, 1, P]);
  }
  if (levels === 1) {
    addLinearShapes(shapes, 'predictor_embed', P, D);
  } else {
    addLinearShapes(shapes, 'predictor_embed.0', D, levels * D);
    addLinearShapes(shapes, 'predictor_embed.2', P, D);
  }
  for (let i = 0; i < config.numMaskTokens; i++) shapes.set(`mask_tokens.${i}`, [1, 1, P]);
  for (let i = 0; i < config.depth; i++) {
    addBlockShapes(shapes, `predictor_blocks.${i}`, P, mlpHiddenDim(P, config.mlpRatio));
  }
  addNormShapes(shapes, 'predictor_norm', P);
  addLinearShapes(shapes, 'predictor_proj', outputDim, P);
  if (version === '2.1') addLinearShapes(shapes, 'predictor_proj_context', outputDim, P);
  return shapes;
}
