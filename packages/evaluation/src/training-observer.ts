import type { ResultsFolder } from '@vjepa/training';
import type { LowShotDraw } from './evaluate/low-shot-draws.js';

/** The training of one or several classifiers as its observers see it at the beginning of a session. */
export interface ObservedTraining {
  folder: ResultsFolder;
  epochs: number;
  /** Epochs done before this session. */
  done: number;
  /** How many classifiers are trained at once. */
  classifiers: number;
  /** The share of the training set, and the draw; null: all of it. */
  lowShot: LowShotDraw;
}

/** An epoch that has ended. */
export interface ObservedEpoch {
  /** Counted from 1. */
  epoch: number;
  /** Mean loss of each classifier. */
  trainLoss: readonly number[];
  /**
   * Top-1 on the validation set of each classifier, in percent, or of an anticipation the class-mean recall at 5 of its
   * actions; undefined for one that has diverged. Not there after an
   * epoch without validation.
   */
  validation?: readonly (number | undefined)[] | undefined;
}

/**
 * Watches the training of classifiers: a display, an experiment tracker. The training waits for what a method returns,
 * and goes on without an observer that throws, saying so once.
 */
export interface TrainingObserver {
  /** For messages. */
  readonly name: string;
  start?(training: ObservedTraining): void | Promise<void>;
  epoch?(epoch: ObservedEpoch): void | Promise<void>;
  /** The training ends, for whatever reason; called also when it is stopped and after an error. */
  end?(): void | Promise<void>;
}
