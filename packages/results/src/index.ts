export { type MeasuredContrast, measureContrast, measureReplication, type Verdict, verdictOf } from './contrast.js';
export {
  type Cell,
  type Claim,
  type Comparison,
  type Contrast,
  cellName,
  cellsOf,
  describeCell,
  type EndToEndRecipe,
  type Experiment,
  type Method,
  type PretrainingRecipe,
  type PretrainingVariant,
  type ProbeRecipe,
  type Start,
} from './experiment.js';
export type { CellResult, PretrainingResult } from './experiment-plan.js';
export { type PaperExperimentOptions, paperExperiment } from './paper-experiment.js';
export { LAPTOP_SIZES, smokeExperiment } from './paper-sizes.js';
export type { ReplicatedCell, Replication } from './replications.js';
export { type ExperimentResults, experimentSoFar } from './results-file.js';
export { type ResultsPage, resultsPage, roomTable } from './results-page.js';
export { type RunExperimentOptions, runExperiment } from './run-experiment.js';
export { correctAnswers, type TestAnswers } from './test-answers.js';
export { unheldNumbers } from './unheld-numbers.js';
export type { WorkKind, WorkProgress } from './work-estimate.js';
export { writeResultsPage } from './write-results-page.js';
