import { join } from 'node:path';
import { writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { writeFileAtomically } from '../run/atomic-file.js';
import type { StepMetrics } from '../run/metrics-file.js';

const WATCHED = ['loss', 'encoder_grad_norm', 'predictor_grad_norm'] as const;

/** The name of a number that is not finite, among those that must be. */
export function nonFiniteMetric(metrics: StepMetrics): string | undefined {
  return WATCHED.find((name) => !Number.isFinite(metrics[name]));
}

/**
 * Keeps what is needed to find out why a step failed: the state after it, outside `checkpoints/` so that no resume
 * takes it, and its numbers and videos.
 *
 * @returns the paths written.
 */
export async function saveNonFiniteStep(
  runPath: string,
  metrics: StepMetrics,
  videos: readonly string[],
  state: Record<string, HostTensor>,
): Promise<string[]> {
  const numbers = nonFinitePath(runPath, metrics.step);
  const tensors = numbers.replace(/json$/, 'safetensors');
  writeFileAtomically(numbers, `${JSON.stringify({ metrics, videos }, null, 2)}\n`);
  await writeSafetensors(tensors, state);
  return [numbers, tensors];
}

/** Where the numbers of a step that failed are kept. */
export function nonFinitePath(runPath: string, step: number): string {
  return join(runPath, `non-finite-step-${step}.json`);
}
