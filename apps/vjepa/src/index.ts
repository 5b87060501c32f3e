export type { StepRunner } from '@vjepa/engine';
export {
  type Checkpoint,
  type ExistingRun,
  listCheckpoints,
  loadCheckpoint,
  loadNewestCheckpoint,
  type RunFolder,
  readMetrics,
  runFolder,
  type StepMetrics,
} from '@vjepa/training';
export { CommandError } from './command-error.js';
export { runCommandLine } from './command-line.js';
export type { EvaluationConfig, ImageEvaluationConfig, VideoEvaluationConfig } from './config/evaluation-config.js';
export { type LoadedConfig, loadEvaluationConfig, loadPretrainingConfig } from './config/load-config.js';
export { type Override, parseOverride } from './config/override.js';
export type { MaskConfig, PretrainingConfig } from './config/pretraining-config.js';
export { type BackendName, type Engine, type EngineOptions, openEngine, type Precision } from './engine/engine.js';
export { type ModelSummary, type PretrainingModel, pretrainingModel, summarizeModel } from './pretrain/model.js';
export type { ObservedCheckpoint, ObservedRun, ObservedStep, PretrainingObserver } from './pretrain/observer.js';
export { type PretrainingOptions, type PretrainingResult, pretrain } from './pretrain/trainer.js';
