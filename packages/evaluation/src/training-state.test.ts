import { join } from 'node:path';
import { writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { resumeState, saveState } from './training-state.js';

const STATE = { weight: { shape: [2], data: Float32Array.of(1, 2) } };
const folder = temporaryFolder('state');

/** A model that holds whatever it is given. */
function model(held: Record<string, HostTensor> = {}) {
  return {
    held,
    readState: async () => held,
    async writeState(values: Record<string, HostTensor>) {
      Object.assign(held, values);
    },
  };
}

describe('the state of a training', () => {
  it('is read as it was written, to the last bit', async () => {
    const path = join(folder, 'whole.safetensors');
    const moment = { position: { epochs: 2, steps: 3, loss: 1 / 3 + 0.1 }, trainLoss: Math.fround(0.7) / 3 };
    await saveState(path, model(STATE), moment);
    const resumed = model();
    expect(await resumeState(path, resumed)).toEqual(moment);
    expect(resumed.held).toEqual(STATE);
  });

  it('tells that no epoch has ended yet', async () => {
    const path = join(folder, 'first.safetensors');
    await saveState(path, model(STATE), { position: { epochs: 0, steps: 1, loss: 2 }, trainLoss: Number.NaN });
    expect(await resumeState(path, model())).toEqual({
      position: { epochs: 0, steps: 1, loss: 2 },
      trainLoss: Number.NaN,
    });
  });

  it('of before trainings could stop within an epoch is the beginning of one', async () => {
    const path = join(folder, 'old.safetensors');
    await writeSafetensors(path, STATE, { epoch: '3' });
    expect(await resumeState(path, model())).toEqual({
      position: { epochs: 3, steps: 0, loss: 0 },
      trainLoss: Number.NaN,
    });
  });

  it('is not there where nothing was saved', async () => {
    expect(await resumeState(join(folder, 'none.safetensors'), model())).toBeUndefined();
  });
});
