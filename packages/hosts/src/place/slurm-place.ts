import { HostsError } from '../hosts-error.js';
import type { HostPlace } from './host-place.js';
import { chosenPort, integerVariable, optionalInteger, readVariable, requireVariable } from './read-variable.js';
import { expandNodeList, expandTaskCounts } from './slurm-lists.js';

const MOST = Number.MAX_SAFE_INTEGER;
/** Numbers of steps from here on are SLURM's own: batch, interactive, external. */
const SPECIAL_STEPS = 0xfffffff0;

/**
 * What SLURM says to a task of a job step. The shell of `sbatch`, and of `salloc`, has SLURM_PROCID and the job's
 * SLURM_NTASKS too, and is alone: the first has no step (SLURM_STEP_ID), the second's is one task.
 *
 * The coordinator is the first node of the step, where task 0 is; its port follows from the numbers of job and step.
 */
export function slurmPlace(env: NodeJS.ProcessEnv): HostPlace | undefined {
  const step = optionalInteger(env, 'SLURM_STEP_ID') ?? optionalInteger(env, 'SLURM_STEPID');
  if (step === undefined || readVariable(env, 'SLURM_PROCID') === undefined) return undefined;
  const because = 'SLURM_STEP_ID is';
  const counted = readVariable(env, 'SLURM_STEP_NUM_TASKS') === undefined ? 'SLURM_NTASKS' : 'SLURM_STEP_NUM_TASKS';
  const count = integerVariable(env, counted, { least: 1, most: 100_000, because });
  if (count === 1) return undefined;
  const index = integerVariable(env, 'SLURM_PROCID', { least: 0, most: count - 1, because });
  const job = integerVariable(env, 'SLURM_JOB_ID', { least: 0, most: MOST, because });
  const port = chosenPort(env) ?? 15_000 + ((job + (step < SPECIAL_STEPS ? step : 0)) % 20_000);
  return { index, count, coordinator: `${firstNode(env, because)}:${port}`, ...localTasks(env), source: 'slurm' };
}

function firstNode(env: NodeJS.ProcessEnv, because: string): string {
  const ofStep = readVariable(env, 'SLURM_STEP_NODELIST') !== undefined;
  const name = ofStep ? 'SLURM_STEP_NODELIST' : 'SLURM_JOB_NODELIST';
  const text = requireVariable(env, name, because);
  const first = expandNodeList(text)?.[0];
  if (first !== undefined) return first;
  throw new HostsError({
    code: 'settings',
    subject: name,
    expected: 'a list of nodes such as node[01-03,7],gpu5',
    found: JSON.stringify(text),
    remedy: 'set VJEPA_HOST_INDEX, VJEPA_HOST_COUNT and VJEPA_COORDINATOR in its place',
  });
}

function localTasks(env: NodeJS.ProcessEnv): { localIndex: number; localCount: number } | undefined {
  const counts = expandTaskCounts(
    readVariable(env, 'SLURM_STEP_TASKS_PER_NODE') ?? readVariable(env, 'SLURM_TASKS_PER_NODE') ?? '',
  );
  const localIndex = optionalInteger(env, 'SLURM_LOCALID');
  const localCount = counts?.[optionalInteger(env, 'SLURM_NODEID') ?? 0];
  return localIndex === undefined || localCount === undefined ? undefined : { localIndex, localCount };
}
