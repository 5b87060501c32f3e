import { describe, expect, it } from 'vitest';
import { hostPlace } from './from-environment.js';

const OWN = { VJEPA_HOST_INDEX: '1', VJEPA_HOST_COUNT: '3', VJEPA_COORDINATOR: '10.0.0.1:29500' };
const TORCHRUN = { RANK: '5', WORLD_SIZE: '8', MASTER_ADDR: 'node1', MASTER_PORT: '29400' };
const STEP = {
  SLURM_JOB_ID: '123456',
  SLURM_STEP_ID: '2',
  SLURM_PROCID: '4',
  SLURM_NTASKS: '5',
  SLURM_STEP_NUM_TASKS: '5',
  SLURM_STEP_NODELIST: 'gpu[07-09]',
  SLURM_STEP_TASKS_PER_NODE: '2(x2),1',
  SLURM_NODEID: '2',
  SLURM_LOCALID: '0',
};

describe('hostPlace', () => {
  it('is undefined for a process that is alone', () => {
    expect(hostPlace({})).toBeUndefined();
    expect(hostPlace({ ...OWN, VJEPA_HOST_INDEX: '0', VJEPA_HOST_COUNT: '1' })).toBeUndefined();
    expect(hostPlace({ RANK: '0', WORLD_SIZE: '1' })).toBeUndefined();
    expect(hostPlace({ RANK: '3' })).toBeUndefined();
  });

  it('reads the variables of launch', () => {
    const place = { index: 1, count: 3, coordinator: '10.0.0.1:29500', source: 'vjepa' };
    expect(hostPlace(OWN)).toEqual(place);
    const local = { VJEPA_LOCAL_INDEX: '0', VJEPA_LOCAL_COUNT: '2' };
    expect(hostPlace({ ...OWN, ...local })).toEqual({ ...place, localIndex: 0, localCount: 2 });
    expect(hostPlace({ ...OWN, VJEPA_COORDINATOR: '[fd00::1]:1' })?.coordinator).toBe('[fd00::1]:1');
  });

  it('prefers them to those of torchrun, and those to those of SLURM', () => {
    expect(hostPlace({ ...STEP, ...TORCHRUN, ...OWN })?.source).toBe('vjepa');
    expect(hostPlace({ ...STEP, ...TORCHRUN })?.source).toBe('torchrun');
    // Alone by the first that says anything.
    expect(hostPlace({ ...STEP, RANK: '0', WORLD_SIZE: '1' })).toBeUndefined();
  });

  it('names the variable, what it holds and what it should', () => {
    expect(() => hostPlace({ ...OWN, VJEPA_HOST_INDEX: '3' })).toThrow(
      'VJEPA_HOST_INDEX: expected a whole number from 0 to 2, found "3"; set it anew',
    );
    expect(() => hostPlace({ VJEPA_HOST_COUNT: '2' })).toThrow(
      'VJEPA_HOST_INDEX: is not set, though VJEPA_HOST_COUNT is',
    );
    for (const wrong of ['10.0.0.1', '10.0.0.1:0', '10.0.0.1:65536', 'fd00::1:29500', 'http://a:1', 'a b:1']) {
      expect(() => hostPlace({ ...OWN, VJEPA_COORDINATOR: wrong })).toThrow(/VJEPA_COORDINATOR: expected address:port/);
    }
    expect(() => hostPlace({ ...TORCHRUN, MASTER_ADDR: '' })).toThrow('MASTER_ADDR: is not set, though RANK and');
    expect(() => hostPlace({ ...TORCHRUN, MASTER_PORT: 'x' })).toThrow('MASTER_PORT: expected a whole number');
    expect(() => hostPlace({ ...TORCHRUN, RANK: '-1' })).toThrow(
      'RANK: expected a whole number from 0 to 7, found "-1"',
    );
    expect(() => hostPlace({ ...STEP, SLURM_STEP_NODELIST: 'gpu[9' })).toThrow(/SLURM_STEP_NODELIST: expected a list/);
  });

  it('reads those of torchrun, whose store may have the port', () => {
    const place = { index: 5, count: 8, coordinator: 'node1:29400', source: 'torchrun' };
    expect(hostPlace(TORCHRUN)).toEqual(place);
    expect(hostPlace({ ...TORCHRUN, TORCHELASTIC_USE_AGENT_STORE: 'True' })?.coordinator).toBe('node1:29401');
    expect(hostPlace({ ...TORCHRUN, VJEPA_HOSTS_PORT: '4000' })?.coordinator).toBe('node1:4000');
    expect(hostPlace({ ...TORCHRUN, MASTER_ADDR: 'fd00::1' })?.coordinator).toBe('[fd00::1]:29400');
    const local = { LOCAL_RANK: '1', LOCAL_WORLD_SIZE: '4' };
    expect(hostPlace({ ...TORCHRUN, ...local })).toEqual({ ...place, localIndex: 1, localCount: 4 });
  });

  it('reads those of a SLURM step', () => {
    // 15000 + (123456 + 2) % 20000
    const place = { index: 4, count: 5, coordinator: 'gpu07:18458', localIndex: 0, localCount: 1, source: 'slurm' };
    expect(hostPlace(STEP)).toEqual(place);
    expect(hostPlace({ ...STEP, SLURM_NODEID: '1', SLURM_LOCALID: '1' })).toMatchObject({
      localIndex: 1,
      localCount: 2,
    });
    expect(hostPlace({ ...STEP, VJEPA_HOSTS_PORT: '4000' })?.coordinator).toBe('gpu07:4000');
    const { SLURM_STEP_NODELIST, SLURM_STEP_NUM_TASKS, SLURM_STEP_TASKS_PER_NODE, ...older } = STEP;
    const job = { SLURM_JOB_NODELIST: SLURM_STEP_NODELIST, SLURM_TASKS_PER_NODE: SLURM_STEP_TASKS_PER_NODE };
    expect(hostPlace({ ...older, ...job })).toEqual(place);
  });

  it('is alone in the shells of sbatch and salloc, whose job has more tasks', () => {
    const { SLURM_STEP_ID, SLURM_STEP_NUM_TASKS, SLURM_STEP_NODELIST, ...batch } = STEP;
    expect(hostPlace({ ...batch, SLURM_PROCID: '0', SLURM_JOB_NODELIST: SLURM_STEP_NODELIST })).toBeUndefined();
    // An interactive step: number 4294967290, one task.
    const interactive = { SLURM_STEP_ID: '4294967290', SLURM_STEP_NUM_TASKS: '1', SLURM_PROCID: '0' };
    expect(hostPlace({ ...STEP, ...interactive })).toBeUndefined();
  });
});
