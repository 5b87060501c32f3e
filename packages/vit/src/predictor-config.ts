import { requireBlocks, requireWhole } from './check-config.js';
import { definedFields, type EncoderConfig, type Overrides } from './encoder-config.js';

/** Everything that fixes the shape of a predictor. */
export interface PredictorConfig {
  /** Width of the encoder's tokens: the predictor's input. */
  encoderDim: number;
  /** Width of the output; the encoder's width, or the number of values of a patch when pixels are predicted. */
  outputDim: number;
  imageSize: number;
  patchSize: number;
  numFrames: number;
  tubeletSize: number;
  /** P, the width of the predictor's own tokens. */
  embedDim: number;
  depth: number;
  numHeads: number;
  mlpRatio: number;
  uniformPower: boolean;
  layerNormEpsilon: number;
  /** One learned mask token per mask of the objective. */
  numMaskTokens: number;
  /** Mask tokens start at zero, or drawn like weights. */
  zeroInitMaskTokens: boolean;
}

/**
 * The predictor of V-JEPA for an encoder: 12 blocks of width 384 (V-JEPA, section 3.2). The number of heads is the
 * encoder's, which is what the published checkpoints have (head dimension 24 for ViT-L and ViT-H).
 *
 * @throws if the fields contradict each other
 */
export function predictorConfig(encoder: EncoderConfig, overrides: Overrides<PredictorConfig> = {}): PredictorConfig {
  const config: PredictorConfig = {
    encoderDim: encoder.embedDim,
    outputDim: encoder.embedDim,
    imageSize: encoder.imageSize,
    patchSize: encoder.patchSize,
    numFrames: encoder.numFrames,
    tubeletSize: encoder.tubeletSize,
    embedDim: 384,
    depth: 12,
    numHeads: encoder.numHeads,
    mlpRatio: 4,
    uniformPower: encoder.uniformPower,
    layerNormEpsilon: 1e-6,
    numMaskTokens: 2,
    zeroInitMaskTokens: true,
    ...definedFields(overrides),
  };
  checkPredictorConfig(config);
  return config;
}

const WIDTHS = ['encoderDim', 'outputDim', 'embedDim', 'depth', 'numHeads', 'numMaskTokens'] as const;

/** @throws if a field is not a positive number, whole where it must be, or the heads do not divide the width */
export function checkPredictorConfig(config: Omit<PredictorConfig, 'uniformPower'>): void {
  requireWhole('predictor', config, ['imageSize', 'patchSize', 'numFrames', 'tubeletSize', ...WIDTHS]);
  requireBlocks('predictor', config);
  if (config.embedDim % config.numHeads !== 0) {
    throw new Error(
      `predictor config: embedDim ${config.embedDim} cannot be split over ${config.numHeads} heads; ` +
        "the heads default to the encoder's, so choose a multiple of them or set numHeads",
    );
  }
}
