import type { HostTensor } from '@vjepa/engine';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { StepMetrics } from '../run/metrics-file.js';
import type { RunFolder } from '../run/run-folder.js';
import type { TrainingWarning } from './collapse-watch.js';

/** A run as its observers see it at the beginning of a session. */
export interface ObservedRun {
  plan: PretrainingPlan;
  folder: RunFolder;
  /** Updates done before this session: 0, or where a resumed run goes on. */
  firstStep: number;
  totalSteps: number;
}

/** One finished step. `batch.clips` is valid only until the call returns. */
export interface ObservedStep {
  metrics: StepMetrics;
  batch: ClipBatch;
  masks: readonly MaskPair[];
}

/** A checkpoint that was just written. */
export interface ObservedCheckpoint {
  step: number;
  path: string;
  state: Record<string, HostTensor>;
}

/**
 * Watches a run: a display, a log format, an experiment tracker. The run waits for what a method returns, and goes on
 * without an observer that throws, saying so once.
 */
export interface PretrainingObserver {
  /** For messages. */
  readonly name: string;
  start?(run: ObservedRun): void | Promise<void>;
  step?(step: ObservedStep): void | Promise<void>;
  checkpoint?(checkpoint: ObservedCheckpoint): void | Promise<void>;
  warning?(warning: TrainingWarning): void | Promise<void>;
  /** The session ends, for whatever reason; called also after an error. */
  end?(): void | Promise<void>;
}
