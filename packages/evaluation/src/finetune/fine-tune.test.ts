import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { type BeginTask, createRunLog } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { encoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FineTuneOptions, fineTune } from './fine-tune.js';
import { type FineTuningPlan, planFineTuning } from './fine-tuning-plan.js';

const EPOCHS = 3;
const STEPS = 2;
const out = temporaryFolder('fine-tune');
const log = createRunLog({ print: () => {} });
let engine: Engine;
let plan: FineTuningPlan;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  const folder = join(out, 'videos');
  mkdirSync(folder);
  for (let i = 0; i < 4; i++) {
    const data = Uint8Array.from({ length: 8 * 48 * 64 * 3 }, (_, j) => 30 + 140 * (i % 2) + ((j * 31 + 7 * i) % 50));
    await encodeVideo({
      frames: { data, frames: 8, height: 48, width: 64 },
      rate: 10,
      output: join(folder, `${i}.mp4`),
    });
  }
  const list = join(folder, 'list.csv');
  writeFileSync(list, [0, 1, 2, 3].map((i) => `${i}.mp4 ${i % 2}\n`).join(''));
  plan = planFineTuning({
    encoder: encoderConfig('vit_tiny', { imageSize: 48, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 }),
    checkpoint: fixture('probe-small/encoder.pth.tar'),
    data: { train: list, validation: list, test: list, classes: 2 },
    clips: { segments: 2 },
    head: { dropout: 0.1 },
    // Every step's gradients are clipped, so that the norm's last bit is in every parameter.
    training: { epochs: EPOCHS, batchSize: 2, warmupEpochs: 1, learningRate: 1e-3, clipNorm: 0.001 },
    augmentation: { randAugment: false },
    loading: { decoder: 'wasm' },
  });
}, 60_000);

const run = (name: string, more: Partial<FineTuneOptions> = {}) =>
  fineTune({ plan, engine, log, folder: join(out, name), ...more });

/** What a fine-tuning leaves. */
async function left(name: string) {
  const { path: _, ...results } = JSON.parse(readFileSync(join(out, name, 'results.json'), 'utf8'));
  const model = await readStateDict(join(out, name, 'jepa-latest.pth.tar'), 'encoder');
  const parameters: Record<string, Float32Array> = {};
  for (const [tensor, { readFloat32 }] of model.tensors) parameters[tensor] = await readFloat32();
  await model.close();
  return {
    ...{ results, parameters },
    state: await readSafetensors(join(out, name, 'training-state.safetensors')),
    rows: readFileSync(join(out, name, 'jepa_r0.csv'), 'utf8'),
  };
}

/** A bar that asks to stop after so many steps of training and videos of validation. */
function stopAfter(count: number, stopping: AbortController): BeginTask {
  let done = 0;
  return () => ({
    advance(_bad, more = 1) {
      done += more;
      if (done >= count) stopping.abort();
    },
    print() {},
    close() {},
  });
}

describe('fineTune', { timeout: 120_000 }, () => {
  it('stopped at any moment and resumed, ends bit for bit as if it never had', async () => {
    const outcome = await run('whole');
    expect(outcome).toMatchObject({ stopped: false, validation: { count: 4 }, test: { count: 4 } });
    expect(
      readFileSync(join(out, 'whole', 'jepa_r0.csv'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(EPOCHS + 1);
    const whole = await left('whole');

    // 1: within the first epoch; 4: in its validation; 7: within the second; 20: in the test.
    for (const count of [1, 4, 7, EPOCHS * (STEPS + 4) + 2]) {
      const stopping = new AbortController();
      const name = `stopped-${count}`;
      const stopped = await run(name, { signal: stopping.signal, begin: stopAfter(count, stopping) });
      expect(stopped.stopped).toBe(true);
      expect(existsSync(join(out, name, 'results.json'))).toBe(false);
      await run(name, { existing: 'resume' });
      expect(await left(name), `stopped after ${count}`).toEqual(whole);
    }
  });

  it('resumed after its end, measures again what it left', async () => {
    const before = await left('whole');
    expect(await run('whole', { existing: 'resume' })).toMatchObject({ stopped: false });
    expect(await left('whole')).toEqual(before);
  });

  it('refuses a folder that holds a fine-tuning, and one of other settings to go on with', async () => {
    await expect(run('whole')).rejects.toThrow(/holds an earlier video_classification_finetuning/);
    const other = { ...plan, training: { ...plan.training, layerDecay: 0.5 } };
    const resumed = run('whole', { plan: other, existing: 'resume' });
    await expect(resumed).rejects.toThrow(/another experiment.*\n {2}training\.layerDecay: 0\.75 -> 0\.5\n/);
  });
});
