import type { StepMetrics } from '../run/metrics-file.js';
import { option, Sentence, sentence } from '../sentence.js';
import type { TrainingWarning } from './collapse-watch.js';
import { relativeLoss } from './relative-loss.js';

/** What a run that began with trained weights may lose of them. */
export interface ForgettingLimits {
  /** Steps that are averaged: the run's first, which say what the weights are like on its videos, and the newest. */
  window: number;
  /** Share of the first effective rank that the targets keep. */
  leastRank: number;
  /** By how much the loss, over that of predicting each clip's mean, may be above its first. */
  mostRise: number;
  /** Steps before a warning is given again. */
  repeatAfter: number;
}

/** Limits that suit the published weights: a cool-down, or an adaptation that works, raises the rank or leaves it as it is. */
export const forgettingLimits: Readonly<ForgettingLimits> = {
  window: 50,
  leastRank: 0.6,
  mostRise: 0.1,
  repeatAfter: 200,
};

/**
 * Watches a run that began with trained weights for the loss of what they knew. What is normal is what its own first steps show:
 * the rank of released features depends on the model and on the videos.
 */
export class ForgettingWatch {
  readonly #limits: ForgettingLimits;
  readonly #rank: Course;
  readonly #loss: Course;
  #warnedAt: number | undefined;

  constructor(limits: Partial<ForgettingLimits> = {}) {
    this.#limits = { ...forgettingLimits, ...limits };
    this.#rank = new Course(this.#limits.window);
    this.#loss = new Course(this.#limits.window);
  }

  /** Takes note of a step, in order from the run's first, and says what it found. */
  add(metrics: StepMetrics): TrainingWarning[] {
    const { leastRank, mostRise, repeatAfter, window } = this.#limits;
    const { target_rank: rank } = metrics;
    const ranks = typeof rank === 'number' ? this.#rank.add(rank) : undefined;
    const relative = relativeLoss(metrics);
    const losses = relative === undefined ? undefined : this.#loss.add(relative);
    const signs: string[] = [];
    if (ranks && ranks.now < leastRank * ranks.first) {
      signs.push(`the targets' effective rank fell from ${ranks.first.toFixed(1)} to ${ranks.now.toFixed(1)}`);
    }
    if (losses && losses.now > losses.first + mostRise) {
      const [before, now] = [losses.first.toFixed(2), losses.now.toFixed(2)];
      signs.push(`the loss rose from ${before} to ${now} of that of predicting each clip's mean`);
    }
    if (signs.length === 0) return [];
    if (this.#warnedAt !== undefined && metrics.step - this.#warnedAt < repeatAfter) return [];
    this.#warnedAt = metrics.step;
    return [
      {
        kind: 'forgetting',
        step: metrics.step,
        message: Sentence.of([
          `the run loses what its first weights knew: from its first ${window} steps to its last ${window} ${signs.join(', and ')}. `,
          sentence`Start again with a lower ${option('optimization.learningRate')}, ${option('optimization.momentum')} nearer to 1 (above 0.999), `,
          sentence`or with AdamW's moments, if ${option('from')} names a file without them`,
        ]),
      },
    ];
  }
}

/** Means of a number over the first and the newest steps. */
class Course {
  readonly #window: number;
  #first: number | undefined;
  #newest: number[] = [];

  constructor(window: number) {
    this.#window = window;
  }

  /** undefined until the newest are others than the first. */
  add(value: number): { first: number; now: number } | undefined {
    this.#newest.push(value);
    if (this.#newest.length < this.#window) return undefined;
    const now = this.#newest.reduce((sum, one) => sum + one, 0) / this.#window;
    if (this.#first === undefined) {
      this.#first = now;
      this.#newest = [];
      return undefined;
    }
    this.#newest.shift();
    return { first: this.#first, now };
  }
}
