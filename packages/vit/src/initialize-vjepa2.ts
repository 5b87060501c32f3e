import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { type InitializeOptions, initialize, scaledTo } from './initialize.js';
import { fillTruncatedNormal } from './truncated-normal.js';
import type { Vjepa2EncoderConfig } from './vjepa2-encoder-config.js';
import { vjepa2EncoderParameterShapes, vjepa2PredictorParameterShapes } from './vjepa2-parameter-shapes.js';
import type { Vjepa2PredictorConfig } from './vjepa2-predictor-config.js';

const MODALITY_DEVIATION = 1e-6;

/**
 * Freshly drawn parameters of an encoder: weights normal with deviation 0.02 unless told otherwise, the last of each residual branch of block
 * l = 1, 2, ... divided by sqrt(2 l); biases 0, layer norms 1 and 0, modality embeddings with deviation 1e-6.
 */
export function initializeVjepa2Encoder(
  config: Vjepa2EncoderConfig,
  random: RandomGenerator,
  options: Pick<InitializeOptions, 'deviation'> = {},
): Record<string, FloatTensor> {
  return initialize(vjepa2EncoderParameterShapes(config), random, rescaled(config, options), (name, size) =>
    isModality(name) ? modalityValues(size, random) : undefined,
  );
}

/** Freshly drawn parameters of a predictor; the mask tokens start at zero unless the config says otherwise. */
export function initializeVjepa2Predictor(
  config: Vjepa2PredictorConfig,
  random: RandomGenerator,
  options: Pick<InitializeOptions, 'deviation'> = {},
): Record<string, FloatTensor> {
  return initialize(vjepa2PredictorParameterShapes(config), random, rescaled(config, options), (name, size) => {
    if (isModality(name)) return modalityValues(size, random);
    if (name.startsWith('mask_tokens.') && config.zeroInitMaskTokens) return new Float32Array(size);
    return undefined;
  });
}

function rescaled(config: { embedDim: number }, options: Pick<InitializeOptions, 'deviation'>) {
  return scaledTo(config, { ...options, depthRescale: true });
}

function isModality(name: string): boolean {
  return name.endsWith('_mod_embed');
}

function modalityValues(size: number, random: RandomGenerator): Float32Array<ArrayBuffer> {
  const values = new Float32Array(size);
  fillTruncatedNormal(values, MODALITY_DEVIATION, random);
  return values;
}
