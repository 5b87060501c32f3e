export { type IndexFingerprint, indexFingerprint } from './data/index-fingerprint.js';
export { InputError, type InputProblem, reasonOf } from './input-error.js';
export { type LearningRisk, learningRisks } from './plan/learning-risks.js';
export { type LoaderSpeed, measureLoader, measureStep, type StepSpeed } from './plan/measure-speed.js';
export { describeModel, type ModelSummary, summarizeModel } from './plan/model-summary.js';
export {
  type OtherPlannedClips,
  type PretrainingPlan,
  planPretraining,
} from './plan/plan-pretraining.js';
export type { PlannedClips } from './plan/planned-clips.js';
export { checkpointBytes, type PlannedMemory, plannedMemory } from './plan/planned-memory.js';
export type { PlannedOutputs, PlannedStep } from './plan/planned-step.js';
export type { PretrainingModel } from './plan/pretraining-model.js';
export type {
  Checkpoints,
  ClipAugmentation,
  ClipReading,
  DrawLimits,
  FilledInSettings,
  MaskPlan,
  Objective,
  Optimization,
  OtherClips,
  PredictorSettings,
  PretrainingSettings,
} from './plan/pretraining-settings.js';
export { readPretrainingVideos } from './plan/read-videos.js';
export { mostCheckpoints, type RunSchedule } from './plan/run-schedule.js';
export { type FedClips, maskInputs, type PlannedInputs, stepInputs } from './plan/step-inputs.js';
export type { StepMasks } from './plan/step-masks.js';
export type { StepSchedule } from './plan/step-schedule.js';
export { type StepTiming, type TimeStepOptions, timeStep } from './plan/time-step.js';
export { type CollapseLimits, CollapseWatch, collapseLimits, type TrainingWarning } from './pretrain/collapse-watch.js';
export { describeFlops } from './pretrain/describe-flops.js';
export type { Evaluator, Measurement, OpenEvaluator, TrainedModel } from './pretrain/evaluator.js';
export { exportCheckpoint } from './pretrain/export-checkpoint.js';
export { type ForgettingLimits, ForgettingWatch, forgettingLimits } from './pretrain/forgetting-watch.js';
export { nonFinitePath } from './pretrain/non-finite.js';
export type { ObservedCheckpoint, ObservedRun, ObservedStep, PretrainingObserver } from './pretrain/observer.js';
export { type PretrainingOptions, type PretrainingResult, pretrain } from './pretrain/pretrain.js';
export { duration, progressLine } from './pretrain/progress-line.js';
export { readReferenceCheckpoint } from './pretrain/reference-checkpoint.js';
export { relativeLoss } from './pretrain/relative-loss.js';
export type { TeacherWeights } from './pretrain/teacher.js';
export { printable } from './printable.js';
export { type BeginTask, noProgress, type Task, type TaskProgress } from './progress.js';
export { requireChoice, requireCounts, requireNumbers, unfitSetting } from './require-setting.js';
export { appendText } from './run/append-text.js';
export { writeFileAtomically } from './run/atomic-file.js';
export { appendBadVideo, type BadVideoRecord, readBadVideos } from './run/bad-video-file.js';
export {
  type Checkpoint,
  checkpointPath,
  checkpointRecord,
  isRunCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  loadNewestCheckpoint,
  type RetentionPolicy,
  saveCheckpoint,
} from './run/checkpoint-store.js';
export { type RunSession, recordSession, type SessionDetails } from './run/environment.js';
export { type Experiment, setFingerprint } from './run/experiment.js';
export { FILE_NAME_EXPECTATION, fileNameFor, isFileName } from './run/file-name.js';
export { type FolderLock, type FolderLockOptions, LOCK_NAME, lockFolder } from './run/folder-lock.js';
export { type HostTimes, hostTimes, slowestHost } from './run/host-times.js';
export { leaveAtOnce } from './run/leave-at-once.js';
export { leafDifferences } from './run/leaves.js';
export { makeFolder, requireWritable } from './run/make-folder.js';
export { appendMetrics, readMetrics, type StepMetrics } from './run/metrics-file.js';
export { Observers } from './run/observers.js';
export {
  checkResultsFolder,
  claimResultsFolder,
  type ExperimentClaim,
  type ResultsClaim,
  type ResultsFolder,
  resultsFolder,
} from './run/results-folder.js';
export { createRunFolder, type RunFolder, type RunFolderNames, runFolder } from './run/run-folder.js';
export { RunHosts } from './run/run-hosts.js';
export { createRunLog, type LineKind, type RunLog, type RunLogOptions } from './run/run-log.js';
export { type ExistingRun, FOLDER, OUTPUT, OVERWRITE, RESUME } from './run/run-options.js';
export { type RunRecord, settingsRecord } from './run/run-record.js';
export { type SavePace, savePace } from './run/save-pace.js';
export { readShortVideos, type ShortVideoRecord } from './run/short-video-file.js';
export { listenForStop, type StopRequest } from './run/stop-request.js';
export { ACCELERATOR_NAMES, type AcceleratorName } from './scale/accelerators.js';
export { SCALE_ASSUMPTIONS, type ScaleAssumptions } from './scale/assumptions.js';
export { describeScale } from './scale/describe-scale.js';
export type { DeviceMemory } from './scale/device-memory.js';
export type { Exchange } from './scale/exchanges.js';
export { type ScaledFeeding, VIDEO_KINDS, type VideoKind } from './scale/feeding.js';
export {
  planScale,
  type ScaledCheckpoint,
  type ScaledMemory,
  type ScaledRun,
  type ScalePlan,
} from './scale/plan-scale.js';
export type { ScaleOptions } from './scale/scale-options.js';
export { scaleRecord } from './scale/scale-record.js';
export type { ClipSpacing, ScaledClips } from './scale/scaled-clips.js';
export type { ScaledExchanges, ScaledStep } from './scale/scaled-step.js';
export { type OptionNames, option, Sentence, sentence } from './sentence.js';
export { type TensorBoardOptions, tensorBoardObserver } from './tensorboard/tensorboard-observer.js';
export { textTable } from './text-table.js';
