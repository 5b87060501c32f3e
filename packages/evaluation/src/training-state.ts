import { existsSync } from 'node:fs';
import { openSafetensors, readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import type { FlatRunner, HostTensor } from '@vjepa/engine';
import type { EpochPosition } from './train-epochs.js';

/** Where a training is, with the sum of the losses of the steps of the epoch that has begun. */
export interface LossPosition extends EpochPosition {
  loss: number;
}

/** Where a training was saved. */
export interface TrainingMoment {
  position: LossPosition;
  /** Mean loss of the last epoch that has ended; NaN before the first has. */
  trainLoss: number;
}

/** Saves parameters and optimiser, so that a training that was stopped goes on where it was. */
export async function saveState(
  path: string,
  model: Pick<FlatRunner, 'readState'>,
  { position, trainLoss }: TrainingMoment,
): Promise<void> {
  const metadata = {
    epoch: String(position.epochs),
    position: JSON.stringify(position),
    ...(Number.isFinite(trainLoss) && { train_loss: String(trainLoss) }),
  };
  await writeSafetensors(path, await model.readState(), metadata);
}

/**
 * Puts a saved state into the model.
 *
 * @returns where it is; undefined when nothing was saved
 */
export async function resumeState(
  path: string,
  model: Pick<FlatRunner, 'writeState'>,
): Promise<TrainingMoment | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  const { epoch, position, train_loss } = file.metadata;
  await file.close();
  await model.writeState((await readSafetensors(path)) as Record<string, HostTensor>);
  return {
    // States of before trainings could be stopped within an epoch have its number alone.
    position: position === undefined ? { epochs: Number(epoch), steps: 0, loss: 0 } : JSON.parse(position),
    trainLoss: train_loss === undefined ? Number.NaN : Number(train_loss),
  };
}

/** What a log says of a training that goes on. */
export function resumedLine({ epochs, steps }: EpochPosition): string {
  return `resuming after epoch ${epochs}${steps === 0 ? '' : ` and ${steps} steps`}`;
}
