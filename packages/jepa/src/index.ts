export { LAYER_GROUP_NAMES, type LayerGroupName, layerGroups } from './layer-groups.js';
export { predictionLoss, varianceRegularizer } from './objective.js';
export { type PixelPredictionConfig, pixelPredictionStep, pixelPredictorConfig } from './pixel-prediction-step.js';
export { initialPretrainingState } from './pretraining-state.js';
export { type PretrainingConfig, pretrainingStep } from './pretraining-step.js';
export {
  inputStatistics,
  modelStatistics,
  predictionStatistics,
  targetStatistics,
} from './training-statistics.js';
