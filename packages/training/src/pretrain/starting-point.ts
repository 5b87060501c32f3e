import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTree } from '@vjepa/engine';
import { type PretrainingState, pretrainingStateOf } from '@vjepa/jepa';
import { InputError } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import { type Checkpoint, loadCheckpoint, loadNewestCheckpoint } from '../run/checkpoint-store.js';
import type { RunFolder } from '../run/run-folder.js';
import type { ExistingRun } from '../run/run-options.js';
import { option } from '../sentence.js';
import { checkModel } from './check-model.js';
import { firstWeights } from './first-weights.js';
import { readReferenceCheckpoint } from './reference-checkpoint.js';

/** Where a session begins: a state and the updates that led to it. */
export interface StartingPoint extends Omit<Checkpoint, 'state'> {
  state: HostTree<PretrainingState>;
  /** Whether the run is gone on with. */
  resumed: boolean;
  /** Updates that AdamW's moments are of beside the run's own: those of the file that it began with. */
  updatesBefore: number;
}

/**
 * The state a session begins with: that of `startFrom` when one is named, else the newest of the run when resuming, else
 * that of the file `from`, at step 0, else the plan's initial state.
 *
 * @throws InputError when there is nothing to resume or the state is another model's
 */
export async function startingPoint(
  plan: PretrainingPlan,
  folder: RunFolder,
  existing: ExistingRun,
  stepsPerEpoch: number,
  log: (line: string) => void,
): Promise<StartingPoint> {
  const { startFrom, from } = plan.settings;
  const goneOnFrom = (path: string, checkpoint: Checkpoint): StartingPoint => {
    checkModel(path, plan, checkpoint.state);
    const updatesBefore = Number(checkpoint.run.updatesBefore ?? 0);
    return { ...checkpoint, state: pretrainingStateOf(checkpoint.state), resumed: true, updatesBefore };
  };
  if (startFrom !== undefined) {
    const path = findCheckpoint(startFrom, folder);
    const checkpoint = path.endsWith('.safetensors')
      ? await loadCheckpoint(path)
      : await readReferenceCheckpoint(path, stepsPerEpoch, log);
    return goneOnFrom(path, checkpoint);
  }
  if (existing === 'resume') {
    return goneOnFrom(folder.checkpoints, await loadNewestCheckpoint(folder.checkpoints, log));
  }
  const first =
    from === undefined ? { state: plan.initialState(), updatesBefore: 0 } : await firstWeights(from, plan, log);
  return { step: 0, run: {}, resumed: false, ...first };
}

/** The file as named, or in the run folder, where the reference looks. */
function findCheckpoint(name: string, folder: RunFolder): string {
  const candidates = [join(folder.path, name), name];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InputError({ subject: option('startFrom'), problem: `there is no ${candidates.join(' and no ')}` });
}
