export { distanceWeights } from './distance-weights.js';
export { guardedStep } from './guarded-step.js';
export { LAYER_GROUP_NAMES, type LayerGroupName, layerGroups } from './layer-groups.js';
export { predictionLoss, varianceRegularizer } from './objective.js';
export {
  normalizedPatches,
  type PixelPredictionConfig,
  type PixelPredictionInputs,
  type PixelPredictionOutputs,
  type PixelPredictionState,
  pixelPredictionStep,
  pixelPredictorConfig,
} from './pixel-prediction-step.js';
export { type MaskLengths, type PretrainedModels, pretrainingFlops } from './pretraining-flops.js';
export {
  initialGradients,
  initialPretrainingState,
  type PretrainingState,
  pretrainingStateOf,
  type TrainedModels,
} from './pretraining-state.js';
export {
  type MaskTree,
  type PretrainingConfig,
  type PretrainingInputs,
  type PretrainingOutputs,
  pretrainingStep,
} from './pretraining-step.js';
export {
  inputStatistics,
  modelStatistics,
  predictionStatistics,
  targetStatistics,
} from './training-statistics.js';
export {
  type ClipGroup,
  normalizedLevels,
  type Vjepa2PretrainingConfig,
  type Vjepa2PretrainingInputs,
  type Vjepa2PretrainingOutputs,
  vjepa2PretrainingStep,
} from './vjepa2-pretraining-step.js';
