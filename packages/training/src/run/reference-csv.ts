import { existsSync, readFileSync } from 'node:fs';
import { appendText } from './append-text.js';
import { writeFileAtomically } from './atomic-file.js';
import type { StepMetrics } from './metrics-file.js';

const HEADER = 'epoch,itr,loss,loss-jepa,reg-loss,enc-grad-norm,pred-grad-norm,gpu-time(ms),wall-time(ms)';

/**
 * The reference's CSV log, column for column: one row per step; gradient norms are 0 while clipping is off; the GPU
 * time is -1, as the reference writes without a CUDA device. Of pixels there is one loss, and no regulariser.
 */
export function appendReferenceRow(path: string, step: StepMetrics): void {
  const clipped = step.clip_norm > 0;
  const row = [
    step.epoch,
    step.iteration,
    step.loss.toFixed(5),
    (step.loss_jepa ?? step.loss).toFixed(5),
    (step.loss_reg ?? 0).toFixed(5),
    (clipped ? step.encoder_grad_norm : 0).toFixed(5),
    (clipped ? step.predictor_grad_norm : 0).toFixed(5),
    -1,
    Math.trunc(step.step_ms),
  ];
  appendText(path, `${existsSync(path) ? '' : `${HEADER}\n`}${row.join(',')}\n`);
}

/** Cuts the log back to its first `steps` rows, which a resumed run continues; the header stays one. */
export function truncateReferenceRows(path: string, steps: number): void {
  if (!existsSync(path)) return;
  const [, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  writeFileAtomically(path, `${[HEADER, ...rows.slice(0, steps)].join('\n')}\n`);
}
