import { describeFlops, duration, type StepMetrics } from '@vjepa/training';
import { progressBar } from './progress-bar.js';
import { sparkline } from './sparkline.js';

/** What the block shows besides the newest step. */
export interface RunStatus {
  /** The run folder. */
  title: string;
  metrics: StepMetrics;
  totalSteps: number;
  totalEpochs: number;
  /** Losses of the latest steps, oldest first. */
  losses: readonly number[];
  /** Whether only the session's first step is done, whose time holds compilation and tells nothing of the time left. */
  isFirst?: boolean;
  /** Milliseconds a step takes at present, and the share (0..1) of it spent waiting for clips. */
  stepMs: number;
  dataShare: number;
  /** Milliseconds since this session's first step began. */
  elapsedMs: number;
  /** The latest probe of this session, if there was one: shares 0..1. */
  probe?: { step: number; accuracy: number; chance: number } | undefined;
  /** The latest warning, if one is in force. */
  warning?: string | undefined;
}

/** Colours of the block; plain text when every function returns its argument. */
export interface BlockStyle {
  label(text: string): string;
  bar(text: string): string;
  warning(text: string): string;
}

/** Lines of the status block, none longer than `columns` characters. */
export function statusBlock(status: RunStatus, columns: number, style: BlockStyle): string[] {
  const { metrics, totalSteps } = status;
  const width = Math.max(20, columns - 1);
  const done = metrics.step / totalSteps;
  const position = `${(100 * done).toFixed(1)} %  step ${whole(metrics.step)} of ${whole(totalSteps)}`;
  const left = status.isFirst ? '' : `, ${duration((totalSteps - metrics.step) * status.stepMs)} left`;
  const clock = `${duration(status.elapsedMs)} gone${left}`;
  const bar = Math.max(10, Math.min(50, width - position.length - clock.length - 5));
  const rows: [string, string][] = [
    ['loss', `${metrics.loss.toFixed(4)}  ${sparkline(status.losses, Math.max(8, Math.min(48, width - 24)))}`],
    [
      'schedule',
      `lr ${metrics.learning_rate.toExponential(2)}   weight decay ${metrics.weight_decay.toFixed(4)}${metrics.momentum === undefined ? '' : `   momentum ${metrics.momentum.toFixed(6)}`}`,
    ],
    [
      'gradients',
      `encoder ${metrics.encoder_grad_norm.toPrecision(3)}   predictor ${metrics.predictor_grad_norm.toPrecision(3)}   ` +
        (metrics.clip_norm > 0 ? `clipped to ${metrics.clip_norm}` : 'not clipped'),
    ],
    ['speed', speed(status)],
  ];
  const products = productText(status);
  if (products !== undefined) rows.push(['model', products]);
  const features = featureText(metrics);
  if (features !== undefined) rows.push(['features', features]);
  if (status.probe) rows.push(['probe', probeText(status.probe)]);
  if (metrics.replaced_videos > 0) rows.push(['videos', `${whole(metrics.replaced_videos)} bad ones replaced`]);
  const lines = [
    style.label(cut(`epoch ${metrics.epoch} of ${status.totalEpochs}  ${status.title}`, width)),
    `${style.bar(progressBar(done, bar))}  ${cut(`${position}   ${clock}`, width - bar - 2)}`,
    ...rows.map(([name, text]) => style.label(name.padEnd(11)) + cut(text, width - 11)),
  ];
  if (status.warning !== undefined) lines.push(style.warning(cut(`warning    ${status.warning}`, width)));
  return lines;
}

function speed({ metrics, stepMs, dataShare }: RunStatus): string {
  const clips = (metrics.clips_per_second * metrics.step_ms) / stepMs;
  return (
    `${clips.toPrecision(3)} clips/s   ${(stepMs / 1000).toPrecision(3)} s a step   ` +
    `waiting for data ${(100 * dataShare).toFixed(0)} %   memory ${(metrics.rss_mb / 1024).toFixed(1)} GB`
  );
}

/** Of the model's products; undefined of metrics that do not have them. */
function productText({ metrics, stepMs }: RunStatus): string | undefined {
  const { model_flops_per_second: flops, utilization } = metrics;
  if (flops === undefined) return undefined;
  const pace = metrics.step_ms / stepMs;
  return describeFlops(pace * flops, utilization === undefined ? undefined : pace * utilization);
}

function featureText({ target_std, target_cosine, target_rank }: StepMetrics): string | undefined {
  if (typeof target_std !== 'number' || typeof target_cosine !== 'number') return undefined;
  const rank = typeof target_rank === 'number' ? `   rank ${target_rank.toFixed(1)}` : '';
  return `deviation ${target_std.toFixed(3)}   cosine between patches ${target_cosine.toFixed(3)}${rank}`;
}

function probeText({ step, accuracy, chance }: NonNullable<RunStatus['probe']>): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return `${percent(accuracy)} right at step ${whole(step)}   commonest class ${percent(chance)}`;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

function whole(n: number): string {
  return n.toLocaleString('en-US');
}
