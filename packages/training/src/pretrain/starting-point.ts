import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compareShapes, requireSameShapes } from '@vjepa/checkpoints';
import { type HostTensor, type HostTree, takeBranch } from '@vjepa/engine';
import { type PretrainingState, pretrainingStateOf } from '@vjepa/jepa';
import { encoderParameterShapes, predictorParameterShapes } from '@vjepa/vit';
import { InputError, reasonOf } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { PretrainingModel } from '../plan/pretraining-model.js';
import { type Checkpoint, loadCheckpoint, loadNewestCheckpoint } from '../run/checkpoint-store.js';
import type { RunFolder } from '../run/run-folder.js';
import type { ExistingRun } from '../run/run-options.js';
import { option, sentence } from '../sentence.js';
import { readReferenceCheckpoint } from './reference-checkpoint.js';

/** Where a session begins: a state and the updates that led to it. */
export interface StartingPoint extends Omit<Checkpoint, 'state'> {
  state: HostTree<PretrainingState>;
  /** Whether the state comes from a file. */
  resumed: boolean;
}

/**
 * The state a session begins with: that of `startFrom` when one is named, else the newest of the run when resuming, else
 * the plan's initial state.
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
  const { startFrom } = plan.settings;
  if (startFrom !== undefined) {
    const path = findCheckpoint(startFrom, folder);
    const checkpoint = path.endsWith('.safetensors')
      ? await loadCheckpoint(path)
      : await readReferenceCheckpoint(path, stepsPerEpoch, log);
    checkModel(path, plan, checkpoint.state);
    return { ...checkpoint, state: pretrainingStateOf(checkpoint.state), resumed: true };
  }
  if (existing === 'resume') {
    const checkpoint = await loadNewestCheckpoint(folder.checkpoints, log);
    checkModel(folder.checkpoints, plan, checkpoint.state);
    return { ...checkpoint, state: pretrainingStateOf(checkpoint.state), resumed: true };
  }
  return { step: 0, state: plan.initialState(), run: {}, resumed: false };
}

/** The file as named, or in the run folder, where the reference looks. */
function findCheckpoint(name: string, folder: RunFolder): string {
  const candidates = [join(folder.path, name), name];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InputError({ subject: option('startFrom'), problem: `there is no ${candidates.join(' and no ')}` });
}

/** Refuses the state of a model with other sizes, naming what differs. */
function checkModel(path: string, plan: PretrainingModel, state: Record<string, HostTensor>): void {
  const { encoder, predictor, hasTargetEncoder } = plan;
  const hasTarget = Object.keys(takeBranch(state, 'target_encoder')).length > 0;
  if (hasTarget !== hasTargetEncoder) {
    const [found, expected] = hasTarget ? ['a', 'pixels'] : ['no', 'features'];
    const problem = sentence`has ${found} target encoder, and with ${option('objective.targets')} ${expected} are predicted`;
    throw new InputError({ subject: path, problem, code: 'other-model' });
  }
  const models = {
    encoder: encoderParameterShapes(encoder),
    predictor: predictorParameterShapes(predictor),
    ...(hasTargetEncoder && { target_encoder: encoderParameterShapes(encoder) }),
  };
  for (const [name, shapes] of Object.entries(models)) {
    const comparison = compareShapes(shapes, new Map(Object.entries(takeBranch(state, name))));
    try {
      const { positionTables, misshaped } = comparison;
      requireSameShapes(path, { ...comparison, misshaped: [...misshaped, ...positionTables] });
    } catch (error) {
      const problem = sentence`${name} of the checkpoint is not ${option('model')}: ${reasonOf(error)}`;
      throw new InputError({ problem, code: 'other-model', cause: error });
    }
  }
}
