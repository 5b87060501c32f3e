export type { TokenGrid } from '@vjepa/masks';
export { attention } from './attention.js';
export { type BlockOptions, type Recompute, transformerBlock } from './block.js';
export {
  type ClipEncoder,
  type ClipEncoderName,
  type ClipPredictor,
  type ClipPredictorSizes,
  clipEncoderConfig,
  clipEncoderNameOf,
  clipEncoderParameterShapes,
  clipPredictorConfig,
  clipPredictorParameterShapes,
  initializeClipEncoder,
  initializeClipPredictor,
  isVjepa2,
  type ModelVersion,
  nameOfSize,
  nearestEncoderName,
  splitEncoderName,
  versionOf,
} from './clip-encoder.js';
export { IMAGENET_MEAN, IMAGENET_STD, normalizeClip } from './clip-normalization.js';
export { countBlocks, type NamedShapes } from './count-blocks.js';
export type { EncodeOptions } from './encode-options.js';
export {
  clipPatches,
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
export {
  type InitialDeviation,
  type InitializeOptions,
  initializeEncoder,
  initializePredictor,
  positionTable,
} from './initialize.js';
export { initializeVjepa2Encoder, initializeVjepa2Predictor } from './initialize-vjepa2.js';
export {
  type GridScale,
  type InterpolationMode,
  interpolatePositionEmbedding,
} from './interpolate-position-embedding.js';
export { isTrainable, trainableParameters } from './is-trainable.js';
export { layerNorm, layerNormWithoutAffine } from './layer-norm.js';
export { linear } from './linear.js';
export { encoderFlops, predictorFlops } from './model-flops.js';
export {
  addBlockShapes,
  countParameters,
  encoderParameterShapes,
  type ParameterShapes,
  predictorParameterShapes,
} from './parameter-shapes.js';
export { type Parameters, parameter } from './parameters.js';
export { normalizePatches, type Patches, patchify, patchifyChannelsFirst } from './patches.js';
export {
  type PositionTable,
  positionEmbedding1d,
  positionEmbedding2d,
  positionEmbedding3d,
} from './position-embedding.js';
export { type PredictOptions, predict } from './predictor.js';
export { type PredictorConfig, predictorConfig } from './predictor-config.js';
export { presentTokens } from './present-tokens.js';
export { type RecognizedEncoder, recognizeEncoder } from './recognize-encoder.js';
export { type RecognizedPredictor, recognizePredictor } from './recognize-predictor.js';
export {
  type RecognizedVjepa2Encoder,
  recognizeVjepa2Encoder,
} from './recognize-vjepa2.js';
export { type RotaryOptions, type RotaryVariant, rotaryTable } from './rotary-positions.js';
export { type Rotation, rotate } from './rotate.js';
export { fillTruncatedNormal } from './truncated-normal.js';
export {
  encodeVjepa2,
  encodeVjepa2Layers,
  encodeVjepa2Levels,
  encodeVjepa2Masks,
  encodeVjepa2Patches,
  encodeVjepa2PatchesLayers,
  encodeVjepa2PatchesLevels,
  type Vjepa2Patches,
  vjepa2ClipPatches,
  vjepa2FramePatches,
} from './vjepa2-encoder.js';
export {
  type Vjepa2EncoderConfig,
  type Vjepa2EncoderName,
  vjepa2EncoderConfig,
  vjepa2EncoderNameOf,
  vjepa2EncoderNames,
  vjepa21EncoderConfig,
} from './vjepa2-encoder-config.js';
export { vjepa2EncoderParameterShapes, vjepa2PredictorParameterShapes } from './vjepa2-parameter-shapes.js';
export {
  type PredictVjepa2Options,
  predictVjepa2,
  predictVjepa2WithContext,
} from './vjepa2-predictor.js';
export {
  type Vjepa2PredictorConfig,
  vjepa2PredictorConfig,
  vjepa21PredictorConfig,
} from './vjepa2-predictor-config.js';
