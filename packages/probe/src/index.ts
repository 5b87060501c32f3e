export {
  type AnticipationFeatureOptions,
  type AnticipationModels,
  type AnticipationParts,
  anticipationFeatures,
  anticipationTokens,
} from './anticipation-features.js';
export { attentivePool } from './attentive-probe.js';
export { countCorrect, crossEntropy, oneHotLabels } from './cross-entropy.js';
export type { FeatureStatistics } from './dense/dense-probe.js';
export {
  type DensePatches,
  type DenseProbeConfig,
  type DepthProbeConfig,
  denseProbeOutputs,
  denseProbeParameterShapes,
  depthProbeConfig,
  initializeDenseProbe,
  type SegmentationProbeConfig,
  segmentationProbeConfig,
} from './dense/dense-probe-config.js';
export {
  type DenseProbeOutputs,
  type DenseProbeParametersState,
  type DenseProbeState,
  type DenseProbeTrainingInputs,
  type DenseProbeTrainingOutputs,
  denseProbeStep,
  denseProbeTrainingStep,
  initialDenseProbeState,
} from './dense/dense-probe-step.js';
export { depthLoss } from './dense/depth-loss.js';
export { pixelCrossEntropy } from './dense/pixel-cross-entropy.js';
export { type BilinearTap, bilinearTaps, upsampleBilinear } from './dense/upsample.js';
export {
  type FineTunedModels,
  type FineTuningConfig,
  type FineTuningInputs,
  type FineTuningOutputs,
  type FineTuningState,
  fineTuningStep,
  initialFineTuningState,
} from './fine-tuning-step.js';
export { type FocalLossSettings, focalLoss } from './focal-loss.js';
export { layerDecay } from './layer-decay.js';
export {
  arrangeClips,
  type ClipArrangement,
  type FeatureLayout,
  labelsOfLooks,
  layoutOf,
  meanOverLooks,
  meanOverTokens,
} from './looks.js';
export { type Mix, type MixSettings, sampleMix, softTargets } from './mix.js';
export { decodePixels, type NoisedTokens } from './pixel-decoder.js';
export {
  type DecodedTokens,
  initializePixelDecoder,
  type PixelDecoderConfig,
  patchValues,
  pixelDecoderConfig,
  pixelDecoderParameterShapes,
} from './pixel-decoder-config.js';
export {
  initialPixelDecoderState,
  type PixelDecoderInputs,
  type PixelDecoderOutputs,
  type PixelDecoderState,
  type PixelSamplingInputs,
  pixelDecoderStep,
  pixelSamplingStep,
} from './pixel-decoder-step.js';
export { type Prefix, prefixFeatures, prefixMask } from './prefix-features.js';
export {
  type AttentiveProbeConfig,
  type AverageProbeConfig,
  anticipationProbeConfig,
  attentiveProbeConfig,
  averageProbeConfig,
  type ProbeConfig,
  type ProbeTask,
} from './probe-config.js';
export { type ProbeOptions, probeLogits } from './probe-logits.js';
export { initializeProbe, probeParameterShapes } from './probe-parameters.js';
export { type ClassedVideo, type ProbeSplit, type ProbeVideo, probeSplit } from './probe-split.js';
export { initialGradients, initialProbeState, type ProbeParametersState, type ProbeState } from './probe-state.js';
export {
  type ProbeEvaluationOutputs,
  type ProbeLooks,
  type ProbeStepConfig,
  type ProbeTrainingInputs,
  type ProbeTrainingOutputs,
  probeEvaluationStep,
  probeTrainingStep,
  type TaskLossSettings,
} from './probe-step.js';
export { type Classifier, type LabelledVectors, ridgeClassifier } from './ridge-classifier.js';
export { sampleBranchScale, sampleDropout } from './stochastic-depth.js';
export {
  aggregateSegments,
  type ClipFeatureOptions,
  clipFeatures,
  featureGrid,
  repeatInTime,
  type VideoFeatureOptions,
} from './video-features.js';
