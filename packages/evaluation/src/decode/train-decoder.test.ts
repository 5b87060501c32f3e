import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { stopAfter } from '../stop-after.fixture.js';
import { colorfulVideos, smallDecoderPlan, untrainedModels } from './decoder.fixture.js';
import { type DecoderSettings, planDecoder } from './decoder-plan.js';
import { loadPixelDecoder } from './pixel-decoder-file.js';
import { type TrainDecoderOptions, trainDecoder } from './train-decoder.js';

const out = temporaryFolder('train-decoder');
const videos = join(out, 'videos');
const log = createRunLog({ print: () => {} });
const models = untrainedModels();
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  await colorfulVideos(videos);
}, 600_000);

const training = { epochs: 3, batchSize: 2, warmupEpochs: 1, learningRate: 1e-3 };

const run = (name: string, more: Partial<TrainDecoderOptions> = {}, settings: Partial<DecoderSettings> = {}) =>
  trainDecoder({
    plan: smallDecoderPlan(videos, { training, ...settings }),
    ...{ models, engine, log, folder: join(out, name), ...more },
  });

/** What a training leaves. */
async function left(name: string) {
  const { path: _, ...results } = JSON.parse(readFileSync(join(out, name, 'results.json'), 'utf8'));
  return {
    results,
    decoder: await loadPixelDecoder(join(out, name, 'decoder.safetensors')),
    state: await readSafetensors(join(out, name, 'training-state.safetensors')),
    rows: readFileSync(join(out, name, 'decoder_r0.csv'), 'utf8'),
  };
}

describe('trainDecoder', { timeout: 1_200_000 }, () => {
  it('stopped at any moment and resumed, ends bit for bit as if it never had', async () => {
    const told: unknown[] = [];
    const observer = {
      name: 'told',
      epoch: ({ epoch, trainLoss }: { epoch: number; trainLoss: readonly number[] }) =>
        void told.push([epoch, trainLoss.length]),
    };
    const outcome = await run('whole', { observers: [observer] });
    expect(outcome).toMatchObject({ stopped: false, validation: undefined });
    expect(told).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    const whole = await left('whole');
    expect(whole.rows.trim().split('\n')).toHaveLength(1 + training.epochs);
    for (const count of [1, 3, 5, 8]) {
      const name = `stopped-${count}`;
      expect(await run(name, stopAfter(count))).toMatchObject({ stopped: true });
      expect(existsSync(join(out, name, 'results.json'))).toBe(false);
      await run(name, { existing: 'resume' });
      expect(await left(name), `stopped after ${count}`).toEqual(whole);
    }
  });

  it('leaves the decoder that samples, the moving average, and not the frozen models in its state', async () => {
    const { decoder, state } = await left('whole');
    expect(Object.keys(state).filter((name) => /^(encoder|predictor|target)\./.test(name))).toEqual([]);
    for (const [name, { data }] of Object.entries(decoder.parameters))
      expect(data).toEqual(state[`average.${name}`]!.data);
    expect(decoder.training).toMatchObject({ features: 'predictions', masks: ['blocks', 'large-blocks'] });
    expect(decoder.config).toMatchObject({ featureDim: 48, patchSize: 8, grid: { depth: 2, height: 4, width: 4 } });
  });

  it('refuses a folder that holds one, and other settings or models to go on with', async () => {
    await expect(run('whole')).rejects.toThrow(/holds an earlier pixel_decoder/);
    const other = run('whole', { existing: 'resume' }, { features: 'targets' });
    await expect(other).rejects.toThrow(/another experiment.*\n {2}features: "predictions" -> "targets"\n/);
    const reloaded = run('whole', { existing: 'resume', models: untrainedModels(7) });
    await expect(reloaded).rejects.toThrow(/encoder.*other weights/);
  });

  it('says how well videos are decoded that it was not trained on', async () => {
    const data = { train: [videos], validation: [videos] };
    const outcome = await run('validated', {}, { data, training: { ...training, epochs: 1 } });
    if (outcome.stopped) throw new Error('it was stopped');
    expect(outcome.validation).toMatchObject({ videos: 6 });
    const { samples, fromTargets, meanColor, deviation } = outcome.validation!;
    // Hardly trained, it answers with the mean colour of all pictures, whatever the features are.
    for (const value of [samples, fromTargets, meanColor]) expect(value).toBeGreaterThan(5);
    expect(Math.abs(samples - fromTargets)).toBeLessThan(2);
    expect(deviation).toBeGreaterThan(0);
  });

  it('leaves no folder where masks do not fit', async () => {
    const refused = run('unfit', {}, { masks: ['future'], context: 1.5 });
    await expect(refused).rejects.toThrow(/`context`.*found 1.5/);
    expect(existsSync(join(out, 'unfit'))).toBe(false);
  });

  it('ends where the loss is no number', async () => {
    const diverged = run('diverged', {}, { training: { ...training, learningRate: 1e30, clipNorm: null } });
    await expect(diverged).rejects.toThrow(/^step \d+: the loss is (NaN|Infinity): .*lower `training.learningRate`/);
  });
});

describe('planDecoder', () => {
  const settings = { encoder: models.encoder, checkpoint: 'jepa.pt', data: { train: ['videos'] } };

  it.each([
    [{ encoder: 'vit_large' }, /^`encoder`.*what loadEncoder or encoderConfig gives/],
    [{ data: { train: [] } }, /^`data.train`.*a list of videos/],
    [{ masks: [] }, /^`masks`: expected a list/],
    [{ masks: ['tube'] }, /^`masks`.*'future' or 'blocks'/],
    [{ features: 'pixels' }, /^`features`.*'predictions' or 'targets', found "pixels"/],
    [{ maskIndex: -1 }, /^`maskIndex`.*from 0 on, found -1/],
    [{ sizes: { embedDim: 25, numHeads: 2 } }, /^`sizes.numHeads`.*a divisor of the width, 25, found 2/],
    [{ sizes: { depth: 0 } }, /^`sizes.depth`.*at least 1/],
    [{ training: { batchSize: 0 } }, /^`training.batchSize`.*at least 1/],
    [{ training: { cropScale: 1.5 } }, /^`training.cropScale`.*above 0, at most 1/],
    [{ seed: -1 }, /^`seed`.*from 0 on/],
  ])('refuses %j', (change, message) => {
    expect(() => planDecoder({ ...settings, ...change } as DecoderSettings)).toThrow(message);
  });
});

describe('loadPixelDecoder', () => {
  it('refuses a file of something else, and says what to name', async () => {
    const path = join(out, 'other.safetensors');
    await writeSafetensors(path, { weight: { shape: [1], data: new Float32Array(1) } });
    await expect(loadPixelDecoder(path)).rejects.toThrow(
      /other.safetensors: is no decoder of features; name the decoder/,
    );
    await expect(loadPixelDecoder(join(out, 'nothing.safetensors'))).rejects.toThrow(
      /nothing.safetensors.*name the decoder/,
    );
  });
});
