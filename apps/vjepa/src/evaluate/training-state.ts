import { existsSync } from 'node:fs';
import { openSafetensors, readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { CommandError } from '../command-error.js';
import type { Candidate } from './candidates.js';
import type { ProbeRunner } from './probe-runner.js';
import type { EpochSummary } from './train-probes.js';

/** Saves probes and optimiser, so that a training that was stopped goes on after its last epoch. */
export async function saveTrainingState(
  path: string,
  runner: ProbeRunner,
  summary: EpochSummary,
  candidates: readonly Candidate[],
): Promise<void> {
  const metadata = { summary: JSON.stringify(summary), candidates: JSON.stringify(candidates) };
  await writeSafetensors(path, await runner.readState(), metadata);
}

/**
 * Puts a saved state into the runner.
 *
 * @returns what the last finished epoch did; undefined when nothing was saved
 * @throws CommandError when other learning rates or weight decays were trained
 */
export async function resumeTraining(
  path: string,
  runner: ProbeRunner,
  candidates: readonly Candidate[],
): Promise<EpochSummary | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  const { metadata } = file;
  await file.close();
  if (metadata.candidates !== JSON.stringify(candidates)) {
    throw new CommandError(
      `${path}: was saved for the learning rates and weight decays ${metadata.candidates}, the config has ` +
        `${JSON.stringify(candidates)}; start again without --resume`,
    );
  }
  await runner.writeState((await readSafetensors(path)) as Record<string, HostTensor>);
  const summary = JSON.parse(metadata.summary!) as { epoch: number; loss: (number | null)[]; top1: number[] };
  // JSON has no NaN.
  return { ...summary, loss: summary.loss.map((loss) => loss ?? Number.NaN) };
}
