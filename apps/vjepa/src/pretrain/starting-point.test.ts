import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunFolder, runFolder, saveCheckpoint } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { writeReferenceCheckpoint } from './reference-checkpoint.js';
import { startingPoint } from './starting-point.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const TINY = ['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'];
const config = (...set: string[]) => loadPretrainingConfig(smoke, [...TINY, ...set].map(parseOverride)).config;
const newFolder = () => runFolder(join(temporaryFolder('start'), 'run'), { tag: 'jepa', record: 'config.yaml' });
const silent = () => {};
const last = { step: 23, loss: 0.5, learning_rate: 1e-4, weight_decay: 0.1 };

/** A fresh state with something in AdamW's moments. */
async function trainedState() {
  const { state } = await startingPoint(config(), newFolder(), 'refuse', 10, silent);
  for (const [name, { data }] of Object.entries(state)) {
    if (name.startsWith('exp_avg')) (data as Float32Array).fill(name.length / 100);
  }
  return state;
}

describe('startingPoint', () => {
  it('is drawn from the seed in a new run, the target a copy of the encoder, the moments zero', async () => {
    const [a, b] = await Promise.all([0, 1].map(() => startingPoint(config(), newFolder(), 'refuse', 10, silent)));
    expect(a).toMatchObject({ step: 0, resumed: false });
    expect(a!.state).toEqual(b!.state);
    expect(a!.state['target_encoder.blocks.0.attn.qkv.weight']).toEqual(a!.state['encoder.blocks.0.attn.qkv.weight']);
    expect(Array.from(a!.state['exp_avg.encoder.norm.weight']!.data, Number)).toEqual(Array(24).fill(0));
    const other = await startingPoint(config('meta.seed=1'), newFolder(), 'refuse', 10, silent);
    expect(other.state).not.toEqual(a!.state);
  });

  it('goes on from a checkpoint of the reference: parameters, moments, finished epochs', async () => {
    const state = await trainedState();
    const folder = newFolder();
    createRunFolder(folder, 'refuse');
    const path = folder.referenceCheckpoint;
    expect(path).toBe(join(folder.path, 'jepa-latest.pth.tar'));
    await writeReferenceCheckpoint(path, config(), state, last, 10);
    const named = config('meta.load_checkpoint=true', `meta.read_checkpoint=${path}`);
    const start = await startingPoint(named, newFolder(), 'refuse', 10, silent);
    expect(start).toMatchObject({ step: 20, resumed: true });
    expect(start.state).toEqual(state);
    // A bare name is looked for in the run folder, as the reference does.
    const bare = config('meta.load_checkpoint=true', 'meta.read_checkpoint=jepa-latest.pth.tar');
    expect((await startingPoint(bare, folder, 'refuse', 10, silent)).step).toBe(20);
  });

  it('refuses the checkpoint of another model, naming what differs', async () => {
    const folder = newFolder();
    createRunFolder(folder, 'refuse');
    await saveCheckpoint(folder.checkpoints, { step: 5, state: await trainedState(), run: {} });
    await expect(startingPoint(config('model.depth=2'), folder, 'resume', 10, silent)).rejects.toThrow(
      /encoder of the checkpoint is not the config's model.*blocks\.1/s,
    );
    await expect(startingPoint(config('data.crop_size=96'), folder, 'resume', 10, silent)).rejects.toThrow(/pos_embed/);
  });

  it('names a checkpoint that is not there', async () => {
    const missing = config('meta.load_checkpoint=true', 'meta.read_checkpoint=none.pth.tar');
    await expect(startingPoint(missing, newFolder(), 'refuse', 10, silent)).rejects.toThrow(
      /there is no .*none\.pth\.tar/,
    );
  });
});
