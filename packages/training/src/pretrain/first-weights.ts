import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flatten, type HostTensor, type HostTree } from '@vjepa/engine';
import { type PretrainingState, pretrainingStateOf } from '@vjepa/jepa';
import { isVjepa2 } from '@vjepa/vit';
import { InputError } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import { type Checkpoint, loadCheckpoint, loadNewestCheckpoint } from '../run/checkpoint-store.js';
import { option } from '../sentence.js';
import { checkModel } from './check-model.js';
import { readReferenceState } from './reference-checkpoint.js';

/** What a run that is a run of its own begins with. */
export interface FirstWeights {
  state: HostTree<PretrainingState>;
  /** Updates that AdamW's moments are of; 0 where they begin anew. */
  updatesBefore: number;
}

/**
 * The models of a file, and the optimiser's moments where it has them, for a run that begins with them at its own first step:
 * a cool-down, or an adaptation to other videos. Clips may be of another length and size than those before. Places that are
 * learned from nothing (V-JEPA's position tables) are the plan's own.
 *
 * @param path a run's folder, a checkpoint of one, or a pretraining checkpoint in the reference's form
 * @throws InputError naming what is not there, or what of the models differs
 */
export async function firstWeights(
  path: string,
  plan: PretrainingPlan,
  log: (line: string) => void,
): Promise<FirstWeights> {
  const { step, updatesBefore, state } = await readState(path, log);
  const fitting = withOwnPlaces(plan, state);
  checkModel(path, plan, fitting);
  const found = updatesBefore + step;
  log(`beginning with the weights of ${path}, ${found > 0 ? `after ${found} updates` : 'AdamW afresh'}`);
  return { state: pretrainingStateOf(fitting), updatesBefore: found };
}

async function readState(path: string, log: (line: string) => void) {
  if (!existsSync(path)) throw new InputError({ subject: option('from'), problem: `there is no ${path}` });
  const ofRun = ({ step, state, run }: Checkpoint) => ({ step, state, updatesBefore: Number(run.updatesBefore ?? 0) });
  if (statSync(path).isDirectory()) return ofRun(await loadNewestCheckpoint(join(path, 'checkpoints'), log));
  if (path.endsWith('.safetensors')) return ofRun(await loadCheckpoint(path));
  const { updates, state } = await readReferenceState(path, 'optional');
  return { step: 0, updatesBefore: updates, state: flatten<HostTensor>(state) };
}

/**
 * Position tables of the file's clips are left to the plan's; those that files of V-JEPA 2 have are nobody's, for its places
 * are rotations.
 */
function withOwnPlaces(plan: PretrainingPlan, state: Record<string, HostTensor>): Record<string, HostTensor> {
  const isTable = (name: string) => /(^|\.)(predictor_)?pos_embed$/.test(name);
  const others = Object.fromEntries(Object.entries(state).filter(([name]) => !isTable(name)));
  if (isVjepa2(plan.encoder)) return others;
  const own = Object.entries(flatten<HostTensor>(plan.initialState())).filter(([name]) => isTable(name));
  return { ...others, ...Object.fromEntries(own) };
}
