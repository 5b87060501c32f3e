import { existsSync, readFileSync } from 'node:fs';
import { appendText } from './append-text.js';
import { writeFileAtomically } from './atomic-file.js';

/** One step of a run, one line of `metrics.jsonl`. Milliseconds are wall-clock. */
export interface StepMetrics {
  /** Finished updates: 1 for the first. */
  step: number;
  /** 1-based epoch and 0-based step in it, as the reference counts. */
  epoch: number;
  iteration: number;
  loss: number;
  /** Of features; where pixels are predicted, `loss` is all there is. */
  loss_jepa?: number;
  loss_reg?: number;
  /** V-JEPA 2.1: of visible tokens, and the weight it has. */
  loss_context?: number;
  context_weight?: number;
  /** 1 where the loss was above the guard's limit, and nothing changed; where there is a guard. */
  skipped?: number;
  /** Loss of predicting each clip's mean target, and the prediction loss over it; where statistics are recorded. */
  loss_of_mean?: number;
  loss_relative_to_mean?: number | undefined;
  learning_rate: number;
  weight_decay: number;
  /** Of the target encoder, where there is one. */
  momentum?: number | undefined;
  encoder_grad_norm: number;
  predictor_grad_norm: number;
  /** The norm gradients are clipped to, 0 while clipping is off. */
  clip_norm: number;
  /** Tokens per clip that the encoder sees and that are predicted, one number per mask. */
  context_tokens: number[];
  target_tokens: number[];
  clips_per_second: number;
  /**
   * Floating-point operations a second that the model needs, all of the step's time counted; see `pretrainingFlops`. Runs
   * of earlier versions have none.
   */
  model_flops_per_second?: number;
  /** The share of the devices' peak that this is, where the peak is known. */
  utilization?: number;
  step_ms: number;
  /** Part of step_ms spent waiting for clips. */
  data_ms: number;
  /** Part of step_ms spent in the training step. */
  compute_ms: number;
  /** Where several processes share a run: what each waited for its clips, and spent in the step, in their order. */
  host_data_ms?: number[];
  host_compute_ms?: number[];
  rss_mb: number;
  /** Bad videos replaced so far in this run. */
  replaced_videos: number;
  time: string;
  /** Whatever else the step reports; `short_clips`: clips so far of videos that are shorter than a clip. */
  [name: string]: number | number[] | string | undefined;
}

/** Appends one step. */
export function appendMetrics(path: string, metrics: StepMetrics): void {
  appendText(path, `${JSON.stringify(metrics)}\n`);
}

/** The steps recorded in a metrics file; a last line that was cut off by a crash is passed over. */
export function readMetrics(path: string): StepMetrics[] {
  if (!existsSync(path)) return [];
  const steps: StepMetrics[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    try {
      if (line !== '') steps.push(JSON.parse(line) as StepMetrics);
    } catch {
      break;
    }
  }
  return steps;
}

/** Removes the steps after `lastStep`, which a resumed run is about to repeat. */
export function truncateMetrics(path: string, lastStep: number): void {
  const kept = readMetrics(path).filter((metrics) => metrics.step <= lastStep);
  writeFileAtomically(path, kept.map((metrics) => `${JSON.stringify(metrics)}\n`).join(''));
}
