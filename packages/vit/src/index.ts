export type { TokenGrid } from '@vjepa/masks';
export { attention } from './attention.js';
export { type BlockOptions, type Recompute, transformerBlock } from './block.js';
export { IMAGENET_MEAN, IMAGENET_STD, normalizeClip } from './clip-normalization.js';
export {
  clipPatches,
  type EncodeOptions,
  encode,
  encodeLayers,
  encodeMasks,
  encodePatches,
  encodePatchesLayers,
  framePatches,
} from './encoder.js';
export {
  definedFields,
  type EncoderConfig,
  type EncoderName,
  encoderConfig,
  encoderNameOf,
  encoderNames,
  mlpHiddenDim,
  type Overrides,
  tokenGrid,
} from './encoder-config.js';
export { gatherTokens } from './gather-tokens.js';
export { gelu } from './gelu.js';
export { type InitializeOptions, initializeEncoder, initializePredictor, positionTable } from './initialize.js';
export {
  type GridScale,
  type InterpolationMode,
  interpolatePositionEmbedding,
} from './interpolate-position-embedding.js';
export { isTrainable, trainableParameters } from './is-trainable.js';
export { layerNorm, layerNormWithoutAffine } from './layer-norm.js';
export { linear } from './linear.js';
export {
  addBlockShapes,
  countParameters,
  encoderParameterShapes,
  FROZEN_PARAMETERS,
  type ParameterShapes,
  predictorParameterShapes,
} from './parameter-shapes.js';
export { type Parameters, parameter } from './parameters.js';
export { normalizePatches, type Patches, patchify, patchifyChannelsFirst } from './patches.js';
export {
  type PositionTable,
  positionCode3d,
  positionEmbedding1d,
  positionEmbedding2d,
  positionEmbedding3d,
} from './position-embedding.js';
export { type PredictOptions, predict } from './predictor.js';
export { type PredictorConfig, predictorConfig } from './predictor-config.js';
export { presentTokens } from './present-tokens.js';
export { type RecognizedEncoder, recognizeEncoder } from './recognize-encoder.js';
export { fillTruncatedNormal, normalQuantile } from './truncated-normal.js';
