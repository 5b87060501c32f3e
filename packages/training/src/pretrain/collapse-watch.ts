import { definedFields, type Overrides } from '@vjepa/vit';
import { KEEPS_UP } from '../plan/learning-risks.js';
import type { StepMetrics } from '../run/metrics-file.js';
import { option, Sentence, sentence } from '../sentence.js';
import { relativeLoss } from './relative-loss.js';

/** Something a person should know about a run now. */
export interface TrainingWarning {
  kind: 'collapse' | 'exploding-gradient' | 'predictor-collapse' | 'trivial-answer' | 'forgetting';
  /** The step after which it was seen. */
  step: number;
  /** What was found, against what was expected, and what usually helps. */
  message: Sentence;
}

/**
 * Signs of a collapse in the target features, as means over `window` steps. Features are normalised per token, so a
 * healthy encoder's deviate by 0.5 to 1 whatever its width.
 */
export interface CollapseLimits {
  window: number;
  /** Deviation of a feature over all tokens below which features are taken for constant. */
  leastDeviation: number;
  /** Deviation across clips, at one place, below which features are taken to say nothing but where a token is. */
  leastDeviationAcrossClips: number;
  /** Cosine between a clip's patches above which they are taken for equal. */
  mostCosine: number;
  /** Effective rank (1 to D) below which features are taken for one-dimensional. */
  leastRank: number;
  /** Steps after the warm-up over which the loss is held against that of predicting each clip's mean. */
  answerWindow: number;
  /** Loss over that of predicting each clip's mean, above which the predictor knows nothing more of a clip. */
  mostRelativeLoss: number;
  /** Fall of this ratio over the window by which a predictor is still learning. */
  leastFall: number;
  /** A gradient norm this many times the median of the latest `gradientWindow` is an explosion. */
  gradientFactor: number;
  gradientWindow: number;
  /** Steps before a warning of the same kind is given again. */
  repeatAfter: number;
}

/** Limits that suit any encoder; see `CollapseLimits`. */
export const collapseLimits: Readonly<CollapseLimits> = {
  window: 10,
  leastDeviation: 0.2,
  leastDeviationAcrossClips: 0.1,
  mostCosine: 0.97,
  leastRank: 1.2,
  // A fresh predictor costs about twice as much as the mean, and comes down to it while it learns where and when a token is.
  answerWindow: 200,
  // Of small runs that learn one was 7 % below the mean after 100 steps, another 17 % 200 steps after its warm-up; one that
  // had found the trivial answer was at 1.000 of it after 480 steps.
  mostRelativeLoss: 0.97,
  // At this pace a loss of 1.3 times the mean's is below it in 1,200 steps; a slower fall is hardly told from the noise of
  // which steps were averaged.
  leastFall: 0.03,
  gradientFactor: 20,
  gradientWindow: 50,
  repeatAfter: 200,
};

/** Gradient norms below which nothing explodes, whatever the ratio: early norms are tiny, and 10 is what the reference clips to. */
const HARMLESS_NORM = 10;
/** What is remembered of each step under this name. */
const RELATIVE_LOSS = 'loss_relative_to_mean';
const LEARNING_RATE = option('optimization.learningRate');

/**
 * Watches a run's metrics for collapse (every token gets the same features, the trivial solution that predicting
 * features allows: V-JEPA, section 3.1), for the trivial answer of small data (every token of a clip gets features of what is
 * constant in it, so that nothing is left to predict) and for exploding gradients. Feed it every step in order; it remembers only a
 * window of numbers, so a resumed run can be fed the steps before.
 *
 * Metrics that a run does not record (`statistics: false`) are not looked at.
 */
export class CollapseWatch {
  readonly #limits: CollapseLimits;
  readonly #recent = new Map<string, number[]>();
  readonly #warnedAt = new Map<string, number>();
  #learningRate = 0;

  constructor(limits: Overrides<CollapseLimits> = {}) {
    this.#limits = { ...collapseLimits, ...definedFields(limits) };
  }

  /** Takes note of a step and says what it found; an empty list nearly always. */
  add(metrics: StepMetrics): TrainingWarning[] {
    const found = [
      this.#explosion(metrics, 'encoder_grad_norm', 'encoder'),
      this.#explosion(metrics, 'predictor_grad_norm', 'predictor'),
      this.#collapse(metrics),
      this.#predictorCollapse(metrics),
      this.#trivialAnswer(metrics),
    ];
    return found.filter((warning) => warning !== undefined).filter((warning) => this.#isNew(warning));
  }

  #collapse(metrics: StepMetrics): TrainingWarning | undefined {
    const { window, leastDeviation, leastDeviationAcrossClips, mostCosine, leastRank } = this.#limits;
    const deviation = this.#mean(metrics, 'target_std', window);
    const acrossClips = this.#mean(metrics, 'target_std_across_clips', window);
    const cosine = this.#mean(metrics, 'target_cosine', window);
    const rank = this.#mean(metrics, 'target_rank', window);
    const ofMean = this.#mean(metrics, 'loss_of_mean', window);
    const signs: string[] = [];
    if (deviation !== undefined && deviation < leastDeviation) {
      signs.push(`target features deviate by ${deviation.toFixed(3)} (expected above ${leastDeviation})`);
    } else if (acrossClips !== undefined && acrossClips < leastDeviationAcrossClips) {
      signs.push(
        `target features at one place deviate by ${acrossClips.toFixed(3)} from clip to clip (expected above ` +
          `${leastDeviationAcrossClips}): they tell where a patch is, not what is there`,
      );
    }
    if (cosine !== undefined && cosine > mostCosine) {
      signs.push(`the cosine between a clip’s patches is ${cosine.toFixed(3)} (expected below ${mostCosine})`);
    }
    if (rank !== undefined && rank < leastRank) {
      signs.push(`the effective rank is ${rank.toFixed(2)} (expected above ${leastRank})`);
    }
    if (signs.length === 0) return undefined;
    const trivial = ofMean === undefined ? '' : `; predicting the mean would cost ${ofMean.toFixed(3)}`;
    return {
      kind: 'collapse',
      step: metrics.step,
      message: Sentence.of([
        `the representation collapses: over the last ${window} steps ${signs.join(', ')}${trivial}. A low loss means `,
        sentence`nothing now. Start again with a lower ${LEARNING_RATE}, a longer warmup, or `,
        sentence`${option('optimization.momentum')} nearer to 1`,
      ]),
    };
  }

  /** Predictions that hardly differ although the targets do: the predictor gives the targets' mean. */
  #predictorCollapse(metrics: StepMetrics): TrainingWarning | undefined {
    const { window, leastDeviation } = this.#limits;
    const predictions = this.#mean(metrics, 'prediction_std', 10 * window);
    const targets = this.#recent.get('target_std');
    // A fresh predictor predicts the mean; that is a warning only when it goes on doing so.
    if (predictions === undefined || metrics.step < 100 * window || !targets) return undefined;
    if (predictions >= 0.02 || (targets.at(-1) ?? 0) < leastDeviation) return undefined;
    return {
      kind: 'predictor-collapse',
      step: metrics.step,
      message: Sentence.of([
        `the predictor gives every patch the same features: predictions deviate by ${predictions.toFixed(4)} over the `,
        `last ${10 * window} steps, targets by ${targets.at(-1)?.toFixed(3)}. It predicts the mean; check mask sizes `,
        sentence`and ${LEARNING_RATE}`,
      ]),
    };
  }

  /**
   * A predictor that after the warm-up does no better than each clip's mean target, and is not getting there: encoder and
   * target agree on what is constant in a clip, which is copied from the context.
   */
  #trivialAnswer(metrics: StepMetrics): TrainingWarning | undefined {
    const { answerWindow, mostRelativeLoss, leastFall } = this.#limits;
    const relative = relativeLoss(metrics);
    const isWarmingUp = metrics.learning_rate > this.#learningRate;
    this.#learningRate = metrics.learning_rate;
    // Of pixels nothing can be agreed on: they are what they are.
    if (relative === undefined || metrics.loss_jepa === undefined) return undefined;
    if (isWarmingUp) {
      this.#recent.delete(RELATIVE_LOSS);
      return undefined;
    }
    const losses = this.#remember(RELATIVE_LOSS, relative, answerWindow);
    const within = this.#mean(metrics, 'target_within_clips', answerWindow);
    const rank = this.#mean(metrics, 'target_rank', this.#limits.window);
    if (losses.length < answerWindow) return undefined;
    const before = mean(losses.slice(0, answerWindow >> 1));
    const now = mean(losses.slice(answerWindow >> 1));
    if (now < mostRelativeLoss || before - now > leastFall) return undefined;
    const share =
      within === undefined ? '' : `, ${(100 * within).toFixed(0)} % of the targets' variance lies within clips`;
    const directions = rank === undefined ? '' : `, their effective rank is ${rank.toFixed(1)}`;
    return {
      kind: 'trivial-answer',
      step: metrics.step,
      message: Sentence.of([
        `the loss is not below that of predicting each clip's mean: over the last ${answerWindow >> 1} steps ${now.toFixed(2)} `,
        `of it (expected below ${mostRelativeLoss})${share}${directions}. The encoder may have found what is constant in a `,
        'clip, such as the colours of its background, which the predictor copies from the context: the trivial answer of ',
        sentence`small data. Start again with a predictor that keeps up (${option('optimization.predictorLearningRateScale')} `,
        sentence`of ${KEEPS_UP} or more, ${option("predictorInitialDeviation: 'by width'")} where it is narrow), a longer warmup, a lower ${LEARNING_RATE}, or ${option('optimization.momentum')} nearer to 1`,
      ]),
    };
  }

  #explosion(
    metrics: StepMetrics,
    name: 'encoder_grad_norm' | 'predictor_grad_norm',
    model: string,
  ): TrainingWarning | undefined {
    const { gradientFactor, gradientWindow } = this.#limits;
    const before = [...(this.#recent.get(name) ?? [])];
    const norm = metrics[name];
    this.#remember(name, norm, gradientWindow);
    if (before.length < Math.min(10, gradientWindow)) return undefined;
    const usual = median(before);
    if (!(norm > gradientFactor * usual && norm > HARMLESS_NORM)) return undefined;
    const clipped = metrics.clip_norm > 0 ? ` (clipped to ${metrics.clip_norm})` : ', and it was not clipped';
    return {
      kind: 'exploding-gradient',
      step: metrics.step,
      message: Sentence.of([
        `step ${metrics.step}: the ${model}'s gradient norm is ${norm.toPrecision(3)}, ${Math.round(norm / usual)} times `,
        sentence`the usual ${usual.toPrecision(3)}${clipped}. If it goes on, lower ${LEARNING_RATE}, lengthen the warmup `,
        sentence`or set ${option('optimization.clipNorm')}`,
      ]),
    };
  }

  /** The mean of a metric over the last `window` steps, once there are as many. */
  #mean(metrics: StepMetrics, name: string, window: number): number | undefined {
    const value = metrics[name];
    if (typeof value !== 'number') return undefined;
    const values = this.#remember(name, value, window);
    return values.length < window ? undefined : mean(values);
  }

  #remember(name: string, value: number, window: number): number[] {
    const values = this.#recent.get(name) ?? [];
    this.#recent.set(name, values);
    values.push(value);
    if (values.length > window) values.shift();
    return values;
  }

  #isNew({ kind, step }: TrainingWarning): boolean {
    const last = this.#warnedAt.get(kind);
    if (last !== undefined && step - last < this.#limits.repeatAfter) return false;
    this.#warnedAt.set(kind, step);
    return true;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
