import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { flatten, type HostTensor, type HostTree } from '@vjepa/engine';
import { type PretrainingState, pretrainingStateOf } from '@vjepa/jepa';
import { isVjepa2 } from '@vjepa/vit';
import { InputError } from '../input-error.js';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import { type Checkpoint, listCheckpoints, loadCheckpoint, loadNewestCheckpoint } from '../run/checkpoint-store.js';
import { option, sentence } from '../sentence.js';
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
  const { updates, state, run = {}, isWithoutTarget = false } = await readState(path, log);
  requireSameModel(path, plan, run);
  if (!isVjepa2(plan.encoder) && !('encoder.pos_embed' in state)) {
    const problem = 'has no position table, which encoders of V-JEPA have: it is one of V-JEPA 2';
    throw new InputError({
      subject: path,
      problem,
      remedy: sentence`name it with ${option('model')}`,
      code: 'other-model',
    });
  }
  const fitting = withOwnPlaces(plan, state);
  checkModel(path, plan, fitting);
  const moments = updates > 0 ? `after ${updates} updates` : 'AdamW afresh';
  const target = isWithoutTarget ? '; it has no target encoder, and its encoder is taken for it' : '';
  log(`beginning with the weights of ${path}, ${moments}${target}`);
  return { state: pretrainingStateOf(fitting), updatesBefore: updates };
}

interface ReadState {
  state: Record<string, HostTensor>;
  /** That AdamW's moments are of. */
  updates: number;
  /** What a run wrote beside its state. */
  run?: Checkpoint['run'] | undefined;
  isWithoutTarget?: boolean | undefined;
}

async function readState(path: string, log: (line: string) => void): Promise<ReadState> {
  if (!existsSync(path)) throw new InputError({ subject: option('from'), problem: `there is no ${path}` });
  const ofRun = ({ step, state, run }: Checkpoint) => ({ state, run, updates: step + Number(run.updatesBefore ?? 0) });
  if (statSync(path).isDirectory()) {
    const folder = join(path, 'checkpoints');
    if (existsSync(folder) && listCheckpoints(folder).length > 0) return ofRun(await loadNewestCheckpoint(folder, log));
    const problem = `${path} is no folder of a run with a checkpoint`;
    const remedy = 'Name such a folder, a checkpoint of one, or a file in the form of the released ones';
    throw new InputError({ subject: option('from'), problem, remedy });
  }
  if (path.endsWith('.safetensors')) return ofRun(await loadCheckpoint(path));
  const { updates, state, isWithoutTarget } = await readReferenceState(path, 'optional');
  return { updates, isWithoutTarget, state: flatten<HostTensor>(state) };
}

/** What no shape tells of an encoder, and its run has written down. */
const NOT_IN_SHAPES = ['version', 'numHeads', 'patchSize', 'tubeletSize', 'normLayers'] as const;

/** @throws InputError where a run's encoder or predictor is another than the plan's, though its parameters have the same shapes */
function requireSameModel(path: string, plan: PretrainingPlan, run: Checkpoint['run']): void {
  const text = (value: unknown, name: string) =>
    name === 'version' ? `V-JEPA${value === undefined ? '' : ` ${value}`}` : JSON.stringify(value ?? null);
  const differing = (model: 'encoder' | 'predictor', names: readonly string[]) => {
    const found = run[model] as Readonly<Record<string, unknown>> | undefined;
    const expected = plan[model] as unknown as Readonly<Record<string, unknown>>;
    if (found === undefined) return [];
    return names
      .filter((name) => text(found[name], name) !== text(expected[name], name))
      .map(
        (name) => `${model}.${name} ${text(found[name], name)}, and the settings have ${text(expected[name], name)}`,
      );
  };
  const differences = [...differing('encoder', NOT_IN_SHAPES), ...differing('predictor', ['version', 'numHeads'])];
  if (differences.length === 0) return;
  const problem = `is of another model: it has ${differences.join('; ')}`;
  throw new InputError({ subject: path, problem, remedy: 'Set the sizes that it has', code: 'other-model' });
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
