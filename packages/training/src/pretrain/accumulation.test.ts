import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { encodePng } from '@vjepa/pictures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureStep } from '../plan/measure-speed.js';
import { planPretraining } from '../plan/plan-pretraining.js';
import { plannedMemory } from '../plan/planned-memory.js';
import type { PretrainingSettings } from '../plan/pretraining-settings.js';
import { loadNewestCheckpoint } from '../run/checkpoint-store.js';
import { readMetrics } from '../run/metrics-file.js';
import { fewVideos } from './few-videos.fixture.js';
import type { ObservedStep } from './observer.js';
import { type PretrainingOptions, pretrain } from './pretrain.js';

const folder = temporaryFolder('accumulation');
let engine: Engine;
let videos: string;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  videos = await fewVideos(join(folder, 'videos'));
  mkdirSync(join(folder, 'pictures'));
  for (let i = 0; i < 4; i++) writeFileSync(join(folder, 'pictures', `${i}.png`), picture(i));
});

/** A picture of 40 x 40 with some stripes. */
function picture(width: number): Uint8Array {
  const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => ((i / 3) % 40) * (width + 1) * 3);
  return encodePng({ width: 40, height: 40, data });
}

const SIZES = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const first: Partial<PretrainingSettings> = { model: 'vit_tiny', encoder: SIZES };
const dense = (): Partial<PretrainingSettings> => ({
  ...{ model: 'vjepa2_1_vit_base', encoder: { ...SIZES, normLayers: [0, 1], rotarySide: 16 } },
  otherClips: [{ videos: join(folder, 'pictures'), numFrames: 1, batchSize: 2 }],
});
const planned = (accumulationSteps: number, settings: Partial<PretrainingSettings>) =>
  planPretraining({
    ...{ videos, model: 'vit_tiny', epochs: 2, stepsPerEpoch: 2, batchSize: 4 },
    predictor: { embedDim: 24, depth: 1, numHeads: 2 },
    clips: { frameStep: 1, workers: 1 },
    optimization: { learningRate: { start: 1e-3, reference: 2e-3, final: 2e-3 }, warmupEpochs: 0, accumulationSteps },
    ...settings,
  });

async function metricsOf(name: string, plan: ReturnType<typeof planned>, options: Partial<PretrainingOptions> = {}) {
  const { folder: run } = await pretrain({ plan, folder: join(folder, name), engine, print: () => {}, ...options });
  return readMetrics(run.metrics);
}

describe('gradient accumulation', { timeout: 120_000 }, () => {
  it.each([
    ['V-JEPA', () => first],
    ['V-JEPA 2.1 with images', dense],
  ])('gives the run of the whole batch: %s', async (name, settings) => {
    const whole = await metricsOf(`${name} whole`, planned(1, settings()));
    const parts = await metricsOf(`${name} parts`, planned(2, settings()));
    expect(parts.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const [t, step] of whole.entries()) {
      expect(Object.keys(parts[t]!)).toEqual(Object.keys(step));
      for (const name of ['loss', 'loss_jepa', 'encoder_grad_norm', 'predictor_grad_norm', 'encoder_parameter_norm']) {
        const [expected, found] = [step[name] as number, parts[t]![name] as number];
        expect(Math.abs(found - expected) / expected, `${name}, step ${t + 1}`).toBeLessThan(1e-4);
      }
      for (const name of ['input_variance', 'input_variance_min']) {
        expect(parts[t]![name] as number).toBeCloseTo(step[name] as number, 4);
      }
    }
  });

  it('stopped and resumed, in parts or not, goes on with the same clips; checkpoints know nothing of parts', async () => {
    const whole = await metricsOf('unstopped', planned(2, first));
    const stopping = new AbortController();
    const step = ({ metrics }: ObservedStep) => void (metrics.step === 2 && stopping.abort('enough'));
    await metricsOf('stopped', planned(2, first), { observers: [{ name: 'the test', step }], signal: stopping.signal });
    const resumed = await metricsOf('stopped', planned(2, first), { existing: 'resume' });
    expect(resumed.map(({ loss }) => loss)).toEqual(whole.map(({ loss }) => loss));
    const { state } = await loadNewestCheckpoint(join(folder, 'stopped', 'checkpoints'), () => {});
    expect(Object.keys(state).filter((name) => name.startsWith('gradient'))).toEqual([]);
  });

  it('is measured as it will run, and takes the memory of a part', async () => {
    const speed = await measureStep(planned(2, first), engine);
    expect(speed.lastLoss).toBeGreaterThan(0);
    const [one, two] = [1, 2].map((count) => plannedMemory(planned(count, first)));
    expect(two!.activations).toBe(one!.activations / 2);
    expect(two!.state).toBeGreaterThan(one!.state);
  });
});
