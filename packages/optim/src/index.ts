export { ADAMW_DEFAULTS, type AdamWSettings, type AdamWSlots, adamW } from './adamw.js';
export { clipCoefficient, globalNorm } from './global-norm.js';
export { initialMoments, initialSums } from './initial-moments.js';
export { isDecayed } from './is-decayed.js';
export { movingAverage } from './moving-average.js';
export { type Optimized, type OptimizeOptions, optimize } from './optimize.js';
export { type OptimizerSchedule, optimizerSchedule } from './optimizer-schedule.js';
export {
  contextWeightSchedule,
  coolDownSchedule,
  learningRateSchedule,
  momentumSchedule,
  type Schedule,
  type ScheduleLengths,
  scheduleLengths,
  weightDecaySchedule,
} from './schedules.js';
export { valueAndGradients } from './value-and-gradients.js';
