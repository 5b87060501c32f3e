import type { BeginTask, Observers, ResultsFolder, RunLog } from '@vjepa/training';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import type { ResultsRunOptions } from '../results-run.js';
import type { TrainingObserver } from '../training-observer.js';
import type { AnsweredTask } from './answered-task.js';
import type { EvaluationPlan } from './evaluation-plan.js';
import type { FeatureSource } from './feature-source.js';
import type { FeatureSources } from './feature-sources.js';
import type { LabelledSet } from './labelled-set.js';
import type { LowShotDraw } from './low-shot-draws.js';
import type { ProbeRunner } from './probe-runner.js';

/** How the probes of an evaluation are asked. */
export interface MeasuringOptions extends Pick<ResultsRunOptions, 'signal'> {
  /** File for JSON lines of the chosen probe's answers on the validation set. */
  predictions?: string | undefined;
  /** Validation samples that may be missing or unreadable; they count as wrong. Default 0. */
  allowMissing?: number | undefined;
  /** Opens a bar for each epoch and validation. Default: none. */
  begin?: BeginTask | undefined;
}

/** What all trainings of an evaluation have in common. */
export interface EvaluationContext {
  options: MeasuringOptions;
  plan: EvaluationPlan | AnticipationPlan;
  classes: readonly string[] | number;
  /** What is asked of each sample, where it is more than its label. */
  tasks: readonly AnsweredTask[] | undefined;
  folder: ResultsFolder;
  /** Whether trainings go on where they were stopped. */
  resume: boolean;
  log: RunLog;
  observers: Observers<TrainingObserver>;
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | undefined;
}

/** One training. */
export interface TrainingContext extends EvaluationContext {
  sources: FeatureSources;
  features: EvaluatedFeatures;
  runner: ProbeRunner;
  partSize: number;
  draw: LowShotDraw;
  first: boolean;
}

/** Of the three sets. */
export interface EvaluatedFeatures {
  train: FeatureSource;
  validation: FeatureSource;
  test: FeatureSource | undefined;
}
