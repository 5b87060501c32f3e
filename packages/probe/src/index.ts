export { attentivePool } from './attentive-probe.js';
export { countCorrect, crossEntropy, oneHotLabels } from './cross-entropy.js';
export {
  type AttentiveProbeConfig,
  type AverageProbeConfig,
  attentiveProbeConfig,
  averageProbeConfig,
  type ProbeConfig,
} from './probe-config.js';
export { type ProbeOptions, probeLogits } from './probe-logits.js';
export { initializeProbe, probeParameterShapes } from './probe-parameters.js';
export { initialProbeState } from './probe-state.js';
export { type ProbeStepConfig, probeEvaluationStep, probeTrainingStep } from './probe-step.js';
export { aggregateSegments, clipFeatures, repeatInTime, type VideoFeatureOptions } from './video-features.js';
