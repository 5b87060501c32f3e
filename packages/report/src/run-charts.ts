import { LAYER_GROUP_NAMES } from '@vjepa/jepa';
import { collapseLimits, type Objective, relativeLoss, type StepMetrics } from '@vjepa/training';
import type { Chart, ChartSection, Curve } from './chart.js';
import { smoothed, Thinning } from './thin.js';

const MOST_POINTS = 600;

/** Metrics that have a chart of their own; any other number a run records is drawn under "Also recorded". */
const known = new Set([
  ...['step', 'epoch', 'iteration', 'loss', 'loss_jepa', 'loss_reg', 'learning_rate', 'weight_decay', 'momentum'],
  ...['encoder_grad_norm', 'predictor_grad_norm', 'clip_norm', 'clips_per_second', 'step_ms', 'data_ms', 'compute_ms'],
  ...['rss_mb', 'replaced_videos', 'target_std', 'prediction_std', 'target_cosine', 'target_rank', 'loss_of_mean'],
  ...['input_variance', 'input_variance_min', 'encoder_parameter_norm', 'encoder_update_norm'],
  ...['predictor_parameter_norm', 'predictor_update_norm', 'encoder_grad_norm_first_layer'],
  ...['encoder_grad_norm_last_layer', 'predictor_grad_norm_first_layer', 'predictor_grad_norm_last_layer'],
  ...['target_std_across_clips', 'prediction_rank', 'target_within_clips', 'loss_relative_to_mean'],
  ...['probe_accuracy', 'probe_chance', 'probe_videos', 'probe_ms'],
  ...['encoder', 'predictor'].flatMap((model) =>
    LAYER_GROUP_NAMES.flatMap((group) =>
      ['grad_norm', 'update_norm', 'parameter_norm'].map((kind) => `${model}_${group}_${kind}`),
    ),
  ),
]);

/** The curves of a run, section by section; charts whose metrics the run does not record are left out. */
export function runCharts(metrics: readonly StepMetrics[], targets: Objective['targets'] = 'features'): ChartSection[] {
  if (metrics.length === 0) return [];
  const curves = new RunCurves(metrics);
  const { leastDeviation, mostCosine, leastRank } = collapseLimits;
  const sections: ChartSection[] = [
    {
      title: 'Learning',
      charts: [
        curves.chart('loss', 'Loss', {
          caption: `${
            targets === 'pixels'
              ? 'Squared distance between predicted and normalised pixels'
              : 'L1 distance between predicted and target features'
          }; dotted: the same for predicting each clip’s mean.`,
          curves: [
            curves.of('each step', 'loss', 'faint'),
            curves.smooth('smoothed', 'loss'),
            curves.smooth('predicting the mean', 'loss_of_mean', 'dotted'),
          ],
          zero: true,
        }),
        curves.chart('regularizer', 'Variance regulariser', {
          caption:
            'How far predictions vary less than by 1 over a clip; 0 is enough variance. Recorded, not trained, unless the regulariser has a weight.',
          curves: [curves.smooth('regulariser', 'loss_reg')],
          zero: true,
        }),
        probeChart(curves, metrics),
      ],
    },
    {
      title: 'Collapse indicators',
      charts: [
        curves.chart('deviation', 'Deviation of features', {
          caption: 'Over all tokens of a batch. A collapsed encoder gives every token the same features: 0.',
          curves: [
            curves.smooth('targets', 'target_std'),
            curves.smooth('targets, clip to clip', 'target_std_across_clips'),
            curves.smooth('predictions', 'prediction_std'),
          ],
          zero: true,
          limits: [{ value: leastDeviation, label: 'targets below: collapse' }],
        }),
        curves.chart('answer', 'Is anything predicted?', {
          caption:
            'Loss over that of predicting each clip’s mean: at 1 the predictor knows nothing more. The share of the targets’ variance within clips: near 0 there is nothing more to know.',
          curves: [
            curves.smooth('loss over the mean’s', relativeLoss),
            curves.smooth('targets’ variance within clips', 'target_within_clips'),
          ],
          limits: [{ value: 1, label: 'the clip’s mean' }],
          zero: true,
        }),
        curves.chart('cosine', 'Cosine between patches', {
          caption: 'Mean over pairs of target tokens of a clip; 1 when all are alike.',
          curves: [curves.smooth('targets', 'target_cosine')],
          limits: [{ value: mostCosine, label: 'above: collapse' }],
        }),
        curves.chart('rank', 'Effective rank', {
          caption: 'Participation ratio of the features’ covariance: about how many directions they use.',
          curves: [curves.smooth('targets', 'target_rank'), curves.smooth('predictions', 'prediction_rank')],
          limits: [{ value: leastRank, label: 'targets below: collapse' }],
          zero: true,
        }),
      ],
    },
    {
      title: 'Gradients and updates',
      charts: [
        curves.chart('gradients', 'Gradient norms', {
          caption: 'Before clipping.',
          curves: [curves.of('encoder', 'encoder_grad_norm'), curves.of('predictor', 'predictor_grad_norm')],
          scale: 'log',
        }),
        curves.chart('encoder-layers', 'Encoder gradients by depth', {
          caption: 'Blocks in three parts; curves far apart mean that gradients vanish or explode on the way.',
          curves: groupCurves(curves, 'encoder'),
          scale: 'log',
        }),
        curves.chart('predictor-layers', 'Predictor gradients by depth', {
          caption: 'The same for the predictor.',
          curves: groupCurves(curves, 'predictor'),
          scale: 'log',
        }),
        curves.chart('updates', 'Update size', {
          caption: 'Norm of a step’s change over the norm of the parameters.',
          curves: [
            curves.ratio('encoder', 'encoder_update_norm', 'encoder_parameter_norm'),
            curves.ratio('predictor', 'predictor_update_norm', 'predictor_parameter_norm'),
          ],
          scale: 'log',
        }),
      ],
    },
    {
      title: 'Schedules',
      charts: [
        curves.chart('learning-rate', 'Learning rate', {
          caption: 'Linear warm-up, then cosine.',
          curves: [curves.of('learning rate', 'learning_rate')],
          zero: true,
        }),
        curves.chart('weight-decay', 'Weight decay', {
          caption: 'Of weights; biases and norms have none.',
          curves: [curves.of('weight decay', 'weight_decay')],
          zero: true,
        }),
        curves.chart('momentum', 'Momentum of the target encoder', {
          caption: 'The part of the target encoder that a step keeps.',
          curves: [curves.of('momentum', 'momentum')],
        }),
      ],
    },
    {
      title: 'Speed and data',
      charts: [
        curves.chart('time', 'Where a step’s time goes', {
          caption: 'Seconds a step.',
          curves: [
            curves.computed('training step', ({ compute_ms }) => compute_ms / 1000),
            curves.computed('waiting for data', ({ data_ms }) => data_ms / 1000),
            curves.computed(
              'logs, checkpoints, probes',
              ({ step_ms, data_ms, compute_ms }) => Math.max(0, step_ms - data_ms - compute_ms) / 1000,
            ),
          ],
          stacked: true,
        }),
        curves.chart('clips', 'Clips a second', {
          caption: 'All of a step’s time counted.',
          curves: [curves.of('each step', 'clips_per_second', 'faint'), curves.smooth('smoothed', 'clips_per_second')],
          zero: true,
        }),
        curves.chart('memory', 'Memory', {
          caption: 'Of the process, in GB.',
          curves: [curves.computed('resident', ({ rss_mb }) => rss_mb / 1024)],
          zero: true,
        }),
        curves.chart('tokens', 'Tokens a clip', {
          caption:
            'That the encoder sees and that are predicted, for each mask, smoothed: they differ from step to step.',
          curves: maskCurves(curves, metrics[0]!),
          zero: true,
        }),
        curves.chart('replaced', 'Bad videos replaced', {
          caption: 'Since the beginning of the run.',
          curves: metrics.at(-1)!.replaced_videos > 0 ? [curves.of('replaced', 'replaced_videos')] : [],
          zero: true,
        }),
        curves.chart('input', 'Variance of the input', {
          caption: 'Of a clip’s normalised values, mean and least of a batch; 0 is a clip of one colour.',
          curves: [curves.smooth('mean', 'input_variance'), curves.smooth('least', 'input_variance_min')],
          zero: true,
        }),
      ],
    },
    { title: 'Also recorded', charts: otherCharts(curves, metrics) },
  ];
  return sections
    .map((section) => ({ ...section, charts: section.charts.filter(({ curves }) => curves.length > 0) }))
    .filter(({ charts }) => charts.length > 0);
}

/** Accuracies, which few steps have, against what needs no features. */
function probeChart(curves: RunCurves, metrics: readonly StepMetrics[]): Chart {
  const last = metrics.findLast((step) => 'probe_accuracy' in step);
  return curves.chart('probe', 'Probe on held-out videos', {
    caption:
      `Share of ${last?.probe_videos} labelled videos whose class a linear classifier reads off the frozen target encoder; ` +
      'the first value is that of nearly random weights.',
    curves: [curves.of('accuracy', 'probe_accuracy', 'dots')],
    limits: [{ value: Number(last?.probe_chance), label: 'always the commonest class' }],
    zero: true,
  });
}

function groupCurves(curves: RunCurves, model: 'encoder' | 'predictor'): Curve[] {
  return LAYER_GROUP_NAMES.map((group) => curves.of(group, `${model}_${group}_grad_norm`));
}

function maskCurves(curves: RunCurves, { context_tokens }: StepMetrics): Curve[] {
  return context_tokens.flatMap((_, mask) => [
    curves.smooth(`mask ${mask}, context`, (step) => step.context_tokens[mask]),
    curves.smooth(`mask ${mask}, target`, (step) => step.target_tokens[mask]),
  ]);
}

function otherCharts(curves: RunCurves, metrics: readonly StepMetrics[]): Chart[] {
  const names = new Set(metrics.flatMap((step) => Object.keys(step)).filter((name) => !known.has(name)));
  return [...names]
    .filter((name) => metrics.some((step) => typeof step[name] === 'number'))
    .map((name) => curves.chart(name, name.replaceAll('_', ' '), { caption: '', curves: [curves.of(name, name)] }));
}

/** Curves from a run's metrics, all over the same thinned steps. */
class RunCurves {
  readonly #metrics: readonly StepMetrics[];
  readonly #thinning: Thinning;
  readonly #steps: number[];

  constructor(metrics: readonly StepMetrics[]) {
    this.#metrics = metrics;
    this.#thinning = new Thinning(metrics.length, MOST_POINTS);
    this.#steps = this.#thinning.last(metrics.map(({ step }) => step));
  }

  of(name: string, metric: string, style?: Curve['style']): Curve {
    const values = this.#thinning.means(this.#metrics.map((step) => step[metric] as number | undefined));
    return { name, values, ...(style && { style }) };
  }

  smooth(name: string, metric: string | ((step: StepMetrics) => number | undefined), style?: Curve['style']): Curve {
    const curve = typeof metric === 'string' ? this.of(name, metric, style) : this.computed(name, metric);
    return { ...curve, values: smoothed(curve.values, Math.ceil(curve.values.length / 50)) };
  }

  computed(name: string, value: (step: StepMetrics) => number | undefined): Curve {
    return { name, values: this.#thinning.means(this.#metrics.map(value)) };
  }

  ratio(name: string, part: string, whole: string): Curve {
    return this.computed(name, (step) => Number(step[part]) / Number(step[whole]));
  }

  chart(id: string, title: string, rest: Omit<Partial<Chart>, 'id'> & { caption: string; curves: Curve[] }): Chart {
    const curves = rest.curves.filter(({ values }) => values.some((value) => value !== null));
    return { scale: 'linear', ...rest, id: `chart-${id}`, title, steps: this.#steps, curves };
  }
}
