import type { HostTensor } from '@vjepa/engine';
import type { MaskPair } from '@vjepa/masks';
import type { ClipBatch } from '@vjepa/video';
import { reasonOf } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { StepMetrics } from '../run/metrics-file.js';
import type { RunFolder } from '../run/run-folder.js';
import { type Sentence, sentence } from '../sentence.js';
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

type Events = 'start' | 'step' | 'checkpoint' | 'warning' | 'end';
type EventArgument<E extends Events> = Parameters<NonNullable<PretrainingObserver[E]>>;

/** Tells all observers of what happens; one that throws is left out from then on. */
export class Observers {
  #observers: readonly PretrainingObserver[];
  readonly #log: (line: Sentence) => void;

  constructor(observers: readonly PretrainingObserver[], log: (line: Sentence) => void) {
    this.#observers = observers;
    this.#log = log;
  }

  async notify<E extends Events>(event: E, ...argument: EventArgument<E>): Promise<void> {
    for (const observer of this.#observers) {
      try {
        await (observer[event] as ((...argument: EventArgument<E>) => void | Promise<void>) | undefined)?.call(
          observer,
          ...argument,
        );
      } catch (error) {
        this.#observers = this.#observers.filter((one) => one !== observer);
        this.#log(sentence`warning: ${observer.name} failed and is left out from now on: ${reasonOf(error)}`);
      }
    }
  }
}
