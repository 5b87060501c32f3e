import { join } from 'node:path';
import { flatten, type HostTensor } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { planPretraining } from '../plan/plan-pretraining.js';
import type { PretrainingSettings } from '../plan/pretraining-settings.js';
import { saveCheckpoint } from '../run/checkpoint-store.js';
import { createRunFolder, runFolder } from '../run/run-folder.js';
import { writeReferenceCheckpoint } from './reference-checkpoint.js';
import { startingPoint } from './starting-point.js';

const SIZES = { imageSize: 64, numFrames: 8, embedDim: 24, depth: 1 };
const plan = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({
    videos: 'videos',
    model: 'vit_tiny',
    epochs: 5,
    encoder: SIZES,
    predictor: { embedDim: 12, depth: 1 },
    ...settings,
  });
const newFolder = () => runFolder(join(temporaryFolder('start'), 'run'), { tag: 'jepa', record: 'settings.json' });
const silent = () => {};
const last = { step: 23, loss: 0.5, learning_rate: 1e-4, weight_decay: 0.1 };

/** A fresh state with something in AdamW's moments, as a checkpoint holds it. */
async function trainedState() {
  const state = flatten<HostTensor>((await startingPoint(plan(), newFolder(), 'refuse', 10, silent)).state);
  for (const [name, { data }] of Object.entries(state)) {
    if (name.startsWith('exp_avg')) (data as Float32Array).fill(name.length / 100);
  }
  return state;
}

describe('startingPoint', () => {
  it('is drawn from the seed in a new run, the target a copy of the encoder, the moments zero', async () => {
    const [a, b] = await Promise.all([0, 1].map(() => startingPoint(plan(), newFolder(), 'refuse', 10, silent)));
    expect(a).toMatchObject({ step: 0, resumed: false });
    expect(a!.state).toEqual(b!.state);
    const { encoder, targetEncoder, expAvg } = a!.state;
    expect(targetEncoder['blocks.0.attn.qkv.weight']).toEqual(encoder['blocks.0.attn.qkv.weight']);
    expect(Array.from(expAvg.encoder['norm.weight']!.data, Number)).toEqual(Array(24).fill(0));
    const other = await startingPoint(plan({ seed: 1 }), newFolder(), 'refuse', 10, silent);
    expect(other.state).not.toEqual(a!.state);
  });

  it('goes on from a checkpoint of the reference: parameters, moments, finished epochs', async () => {
    const state = await trainedState();
    const folder = newFolder();
    createRunFolder(folder, 'refuse');
    const path = folder.referenceCheckpoint;
    expect(path).toBe(join(folder.path, 'jepa-latest.pth.tar'));
    await writeReferenceCheckpoint(path, plan().settings, state, last, 10);
    const named = plan({ startFrom: path });
    const start = await startingPoint(named, newFolder(), 'refuse', 10, silent);
    expect(start).toMatchObject({ step: 20, resumed: true });
    expect(flatten(start.state)).toEqual(state);
    // A bare name is looked for in the run folder, as the reference does.
    const bare = plan({ startFrom: 'jepa-latest.pth.tar' });
    expect((await startingPoint(bare, folder, 'refuse', 10, silent)).step).toBe(20);
  });

  it('refuses the checkpoint of another model, naming what differs', async () => {
    const folder = newFolder();
    createRunFolder(folder, 'refuse');
    await saveCheckpoint(folder.checkpoints, { step: 5, state: await trainedState(), run: {} });
    await expect(
      startingPoint(plan({ encoder: { ...SIZES, depth: 2 } }), folder, 'resume', 10, silent),
    ).rejects.toThrow(/encoder of the checkpoint is not `model`.*blocks\.1/s);
    await expect(
      startingPoint(plan({ encoder: { ...SIZES, imageSize: 96 } }), folder, 'resume', 10, silent),
    ).rejects.toThrow(/pos_embed/);
  });

  it('names a checkpoint that is not there', async () => {
    const missing = plan({ startFrom: 'none.pth.tar' });
    await expect(startingPoint(missing, newFolder(), 'refuse', 10, silent)).rejects.toThrow(
      /there is no .*none\.pth\.tar/,
    );
  });
});
