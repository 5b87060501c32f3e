import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { pretrainingFlops } from '@vjepa/jepa';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPretraining } from '../plan/plan-pretraining.js';
import { plannedMemory } from '../plan/planned-memory.js';
import type { PretrainingSettings } from '../plan/pretraining-settings.js';
import { loadNewestCheckpoint } from '../run/checkpoint-store.js';
import { readMetrics } from '../run/metrics-file.js';
import { exportCheckpoint } from './export-checkpoint.js';
import { fewVideos } from './few-videos.fixture.js';
import type { ObservedStep } from './observer.js';
import { type PretrainingOptions, pretrain } from './pretrain.js';

const folder = temporaryFolder('pixels');
let engine: Engine;
let videos: string;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  videos = await fewVideos(join(folder, 'videos'));
});

const planned = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({
    ...{ videos, model: 'vit_tiny', epochs: 4, stepsPerEpoch: 3, batchSize: 2 },
    encoder: { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 1, numHeads: 2 },
    predictor: { embedDim: 12, depth: 1 },
    clips: { frameStep: 1, workers: 1 },
    objective: { targets: 'pixels' },
    optimization: { clipNorm: 0.1, warmupEpochs: 1, learningRate: { start: 1e-3, reference: 4e-3, final: 1e-3 } },
    checkpoints: { every: 2 },
    ...settings,
  });

const run = (name: string, options: Partial<PretrainingOptions> = {}, plan = planned()) =>
  pretrain({ plan, folder: join(folder, name), engine, print: () => {}, ...options });
const newest = (name: string) => loadNewestCheckpoint(join(folder, name, 'checkpoints'), () => {});

describe('a run that predicts pixels', { timeout: 120_000 }, () => {
  it('has one encoder, and no target encoder, in its state and its checkpoints', async () => {
    const plan = planned();
    expect(plan).toMatchObject({ hasTargetEncoder: false, predictor: { outputDim: 2 * 8 * 8 * 3 } });
    expect(plan.initialState().targetEncoder).toEqual({});
    await run('whole');
    const models = new Set(Object.keys((await newest('whole')).state).map((name) => name.split('.')[0]));
    expect([...models].sort()).toEqual(['encoder', 'exp_avg', 'exp_avg_sq', 'predictor']);
  });

  it('learns, and logs what it has: a loss, no momentum, no sign of collapse', async () => {
    const lines: string[] = [];
    await run('logged', { print: (line) => lines.push(line) });
    const metrics = readMetrics(join(folder, 'logged', 'metrics.jsonl'));
    expect(metrics).toHaveLength(12);
    for (const step of metrics) {
      expect(step.loss).toBeGreaterThan(0);
      expect(step).toMatchObject({ loss_of_mean: expect.any(Number), encoder_update_norm: expect.any(Number) });
      for (const absent of ['momentum', 'loss_jepa', 'loss_reg', 'target_std']) expect(step).not.toHaveProperty(absent);
    }
    // Patches of deviation 1: predicting nothing costs 1.
    expect(metrics[0]!.loss).toBeCloseTo(1, 0);
    expect(metrics.at(-1)!.loss).toBeLessThan(metrics[0]!.loss);
    const [step] = lines.filter((line) => line.startsWith('step 1/12'));
    expect(step).toMatch(/loss 1?\d?\.\d+ /);
    expect(step).not.toMatch(/momentum/);
    expect(lines.join('\n')).not.toMatch(/WARNING|target/);
    const [header, row] = readFileSync(join(folder, 'logged', 'jepa_r0.csv'), 'utf8').split('\n');
    expect(header).toMatch(/^epoch,itr,loss,loss-jepa,reg-loss/);
    const [, , loss, same, regularizer] = row!.split(',');
    expect([same, regularizer]).toEqual([loss, '0.00000']);
  });

  it('stopped and resumed, ends bit for bit as if it had never been', async () => {
    const stopping = new AbortController();
    const step = ({ metrics }: ObservedStep) => void (metrics.step === 5 && stopping.abort('enough'));
    const stopped = await run('stopped', { observers: [{ name: 'the test', step }], signal: stopping.signal });
    expect(stopped).toMatchObject({ steps: 5, stopped: true });
    await run('stopped', { existing: 'resume' });
    expect((await newest('stopped')).state).toEqual((await newest('whole')).state);
  });

  it('needs no work and no memory of a target encoder', () => {
    const [pixels, features] = [planned(), planned({ objective: { targets: 'features' } })];
    const masks = { context: [8, 4], target: [20, 24] };
    const flops = pretrainingFlops(pixels, 32, masks);
    expect(flops).toBe(pretrainingFlops({ ...pixels, hasTargetEncoder: true }, 32, masks) - flopsOfTarget(pixels));
    expect(plannedMemory(pixels).state).toBeLessThan(plannedMemory({ ...pixels, hasTargetEncoder: true }).state);
    expect(features.hasTargetEncoder).toBe(true);
  });

  it('goes on from no checkpoint of features, nor the other way round', async () => {
    const checkpoint = join(folder, 'whole', 'checkpoints', 'step-00000012.safetensors');
    const features = planned({ objective: {}, startFrom: checkpoint });
    await expect(run('from-pixels', {}, features)).rejects.toThrow(
      /step-00000012\.safetensors: has no target encoder, and with `objective\.targets` features are predicted/,
    );
    await run('features', {}, planned({ objective: {} }));
    await expect(run('features', { existing: 'resume' })).rejects.toThrow(
      /has a target encoder, and with `objective\.targets` pixels are predicted/,
    );
  });

  it('is not written as a checkpoint of the reference, which does not train so', async () => {
    expect(() => planned({ checkpoints: { reference: true } })).toThrow(
      "`checkpoints.reference`: expected false where pixels are predicted, for the reference's form holds a target encoder",
    );
    await expect(exportCheckpoint(await newest('whole'), planned(), join(folder, 'x.pth.tar'))).rejects.toThrow(
      /x\.pth\.tar: the run predicts pixels and has no target encoder/,
    );
  });

  it.each([
    [{ regularizerCoefficient: 0.5 }, /`objective\.regularizerCoefficient`: expected 0 where pixels are predicted/],
    [{ lossExponent: 2 }, /`objective\.lossExponent`: expected 1, the default, where pixels are predicted/],
  ])('refuses what is of features alone: %j', (objective, message) => {
    expect(() => planned({ objective: { targets: 'pixels', ...objective } })).toThrow(message);
  });

  it('is asked for by a name that there is', () => {
    const objective = { targets: 'pixel' } as unknown as PretrainingSettings['objective'];
    expect(() => planned({ objective })).toThrow(
      "`objective.targets`: expected 'features' or 'pixels', found \"pixel\"",
    );
  });
});

/** The target encoder's pass over a clip's 32 tokens. */
function flopsOfTarget({ encoder, predictor }: ReturnType<typeof planned>): number {
  return pretrainingFlops({ encoder, predictor }, 32, { context: [], target: [] });
}
