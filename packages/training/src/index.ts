export { type IndexFingerprint, indexDifference, indexFingerprint } from './data/index-fingerprint.js';
export { InputError, type InputProblem, reasonOf } from './input-error.js';
export { printable } from './printable.js';
export { type BeginTask, noProgress, type Task, type TaskProgress } from './progress.js';
export { appendText } from './run/append-text.js';
export { writeFileAtomically } from './run/atomic-file.js';
export { appendBadVideo, type BadVideoRecord, readBadVideos, truncateBadVideos } from './run/bad-video-file.js';
export {
  type Checkpoint,
  checkpointPath,
  checkpointRecord,
  isRunCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  loadNewestCheckpoint,
  type RetentionPolicy,
  removeOldCheckpoints,
  removePartialCheckpoints,
  saveCheckpoint,
} from './run/checkpoint-store.js';
export { type RunSession, recordSession, type SessionDetails } from './run/environment.js';
export { type Experiment, requireSameExperiment, setFingerprint, writeExperiment } from './run/experiment.js';
export { FILE_NAME_EXPECTATION, fileNameFor, isFileName } from './run/file-name.js';
export { type FolderLock, type FolderLockOptions, LOCK_NAME, lockFolder, requireUnlocked } from './run/folder-lock.js';
export { leaveAtOnce } from './run/leave-at-once.js';
export { leafDifferences } from './run/leaves.js';
export { makeFolder, requireWritable } from './run/make-folder.js';
export { appendMetrics, readMetrics, type StepMetrics, truncateMetrics } from './run/metrics-file.js';
export { appendReferenceRow, truncateReferenceRows } from './run/reference-csv.js';
export {
  checkResultsFolder,
  claimResultsFolder,
  type ExperimentClaim,
  type ResultsClaim,
  type ResultsFolder,
  resultsFolder,
} from './run/results-folder.js';
export {
  checkRunFolder,
  createRunFolder,
  type RunFolder,
  type RunFolderNames,
  runFolder,
} from './run/run-folder.js';
export { RunLock } from './run/run-lock.js';
export { createRunLog, type LineKind, type RunLog, type RunLogOptions } from './run/run-log.js';
export { type ExistingRun, FOLDER, OUTPUT, OVERWRITE, RESUME } from './run/run-options.js';
export { type RunRecord, settingsRecord } from './run/run-record.js';
export { type SavePace, savePace } from './run/save-pace.js';
export {
  appendShortVideo,
  readShortVideos,
  type ShortVideoRecord,
  truncateShortVideos,
} from './run/short-video-file.js';
export { listenForStop, type StopRequest } from './run/stop-request.js';
export { type OptionNames, option, Sentence, sentence } from './sentence.js';
export type { ImageSummary, SummaryValue, TensorBoardEvent } from './tensorboard/event.js';
export { createEventFile, type EventFile, type EventFileOptions } from './tensorboard/event-file.js';
export { type Histogram, histogramOf } from './tensorboard/histogram.js';
export { metricTag } from './tensorboard/metric-tags.js';
