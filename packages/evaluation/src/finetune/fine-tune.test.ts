import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, readStateDict } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog } from '@vjepa/training';
import { encoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../dark-and-bright.fixture.js';
import { stopAfter } from '../stop-after.fixture.js';
import type { TrainingObserver } from '../training-observer.js';
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
  const list = await darkAndBright(out, 'videos', 4);
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

/** What an observer was told, epochs by their numbers. */
function watching(told: unknown[]): TrainingObserver {
  return {
    name: 'test',
    start: ({ done, epochs, classifiers }) => void told.push({ done, epochs, classifiers }),
    epoch: ({ epoch, trainLoss, validation }) => void told.push([epoch, trainLoss.length, validation?.length]),
    end: () => void told.push('end'),
  };
}

describe('fineTune', { timeout: 120_000 }, () => {
  it('stopped at any moment and resumed, ends bit for bit as if it never had', async () => {
    const told: unknown[] = [];
    const outcome = await run('whole', { observers: [watching(told)] });
    expect(outcome).toMatchObject({ stopped: false, validation: { count: 4 }, test: { count: 4 } });
    expect(
      readFileSync(join(out, 'whole', 'jepa_r0.csv'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(EPOCHS + 1);
    expect(told).toEqual([{ done: 0, epochs: 3, classifiers: 1 }, [1, 1, 1], [2, 1, 1], [3, 1, 1], 'end']);
    const whole = await left('whole');

    // 1: within the first epoch; 4: in its validation; 7: within the second; 20: in the test.
    for (const count of [1, 4, 7, EPOCHS * (STEPS + 4) + 2]) {
      const name = `stopped-${count}`;
      const stopped = await run(name, stopAfter(count));
      expect(stopped.stopped).toBe(true);
      const rest: unknown[] = [];
      expect(existsSync(join(out, name, 'results.json'))).toBe(false);
      await run(name, { existing: 'resume', observers: [watching(rest)] });
      expect(rest.at(-1)).toBe('end');
      expect(rest).toHaveLength(2 + EPOCHS - (rest[0] as { done: number }).done);
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
