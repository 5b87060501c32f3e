export { ADAMW_DEFAULTS, type AdamWSettings, type AdamWSlots, adamW } from './adamw.js';
export { clipCoefficient, globalNorm } from './global-norm.js';
export { LAYER_GROUP_NAMES, type LayerGroupName, layerGroups } from './layer-groups.js';
export { movingAverage } from './moving-average.js';
export { predictionLoss, varianceRegularizer } from './objective.js';
export { type OptimizeOptions, type OptimizerInputs, optimize } from './optimize.js';
export { isDecayed, isTrainable, type ParameterGroup, parameterGroups } from './parameter-groups.js';
export { type PixelPredictionConfig, pixelPredictionStep, pixelPredictorConfig } from './pixel-prediction-step.js';
export { initialMoments, initialPretrainingState } from './pretraining-state.js';
export { type PretrainingConfig, pretrainingStep } from './pretraining-step.js';
export {
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  type ScheduleLengths,
  scheduleLengths,
  weightDecaySchedule,
} from './schedules.js';
export { requireTensor, type StepFunction, type TensorRecord } from './step-function.js';
export {
  inputStatistics,
  modelStatistics,
  predictionStatistics,
  targetStatistics,
} from './training-statistics.js';
export { valueAndGradients } from './value-and-gradients.js';
