import { existsSync } from 'node:fs';
import { openSafetensors, readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { InputError, option, RESUME, sentence } from '@vjepa/training';
import type { Candidate } from './candidates.js';
import type { ProbeRunner } from './probe-runner.js';
import type { EpochSummary, TrainingPosition } from './train-probes.js';

/** Where a training of probes is. */
export interface TrainingMoment {
  /** What the last finished epoch did; undefined before the first has ended. */
  summary: EpochSummary | undefined;
  /** Where in the training the state is; default: right after that epoch. */
  position?: TrainingPosition | undefined;
}

/** Saves probes and optimiser, so that a training that was stopped goes on where it was. */
export async function saveTrainingState(
  path: string,
  runner: ProbeRunner,
  { summary, position }: TrainingMoment,
  candidates: readonly Candidate[],
): Promise<void> {
  const metadata = {
    ...(summary && { summary: JSON.stringify(summary) }),
    ...(position && { position: JSON.stringify(position) }),
    candidates: JSON.stringify(candidates),
  };
  await writeSafetensors(path, await runner.readState(), metadata);
}

/**
 * Puts a saved state into the runner.
 *
 * @returns where it is; undefined when nothing was saved
 * @throws InputError when other learning rates or weight decays were trained
 */
export async function resumeTraining(
  path: string,
  runner: ProbeRunner,
  candidates: readonly Candidate[],
): Promise<TrainingMoment | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  const { metadata } = file;
  await file.close();
  if (metadata.candidates !== JSON.stringify(candidates)) {
    throw new InputError({
      subject: path,
      problem: sentence`was saved for the learning rates and weight decays ${metadata.candidates}, ${option('settings')} has ${JSON.stringify(candidates)}`,
      remedy: sentence`start again without ${RESUME}`,
    });
  }
  await runner.writeState((await readSafetensors(path)) as Record<string, HostTensor>);
  return { summary: withNaN<EpochSummary>(metadata.summary), position: withNaN<TrainingPosition>(metadata.position) };
}

/** JSON has no NaN. */
function withNaN<Value extends { loss: number[] }>(text: string | undefined): Value | undefined {
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as Value & { loss: (number | null)[] };
  return { ...value, loss: value.loss.map((loss) => loss ?? Number.NaN) };
}
