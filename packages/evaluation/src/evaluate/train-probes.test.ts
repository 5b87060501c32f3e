import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import '@vjepa/test-kit/all-close';
import { stagingEngine } from '@vjepa/test-kit/staging-engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuresInMemory } from '../features/features-in-memory.js';
import { candidatesOf, probeTraining } from './candidates.js';
import { plannedProbe } from './evaluation-plan.js';
import { freshProbe, probeRunner } from './probe-runner.js';
import { resumeTraining, saveTrainingState } from './probe-training-state.js';
import { classFeatures, SMALL_ENCODER } from './small-features.fixture.js';
import { type EpochSummary, type TrainingPosition, trainProbes } from './train-probes.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

const features = classFeatures(10);
const source = featuresInMemory(features);
// 3 epochs of 3 steps: 4, 4 and 2 samples, in parts of 3.
const training = probeTraining({ epochs: 3, batchSize: 4, learningRate: 1e-2, clipNorm: 1e-3 });
const candidates = candidatesOf(training, { learningRates: [1e-2, 3e-2] });
const probe = plannedProbe({}, SMALL_ENCODER, 3);

function newRunner(on = engine) {
  return probeRunner(on, probe, candidates.length, freshProbe(probe, 0), { accumulate: true });
}

/** Trains from a position to the end, or until a step is done; resolves to each epoch's summary and the last state. */
async function trained(
  runner: ReturnType<typeof newRunner>,
  { from, stopAfter }: { from?: TrainingPosition | undefined; stopAfter?: number } = {},
) {
  const epochs: EpochSummary[] = [];
  const stopping = new AbortController();
  let steps = 0;
  const counted = {
    ...runner,
    train: async (...[inputs, layout]: Parameters<typeof runner.train>) => {
      const outputs = await runner.train(inputs, layout);
      // The last part of a batch has the step's number.
      if ('step' in inputs && ++steps === stopAfter) stopping.abort();
      return outputs;
    },
  };
  let position: TrainingPosition | undefined;
  await trainProbes({
    ...{ training, runner: counted, candidates, source, samples: source.usable, partSize: 3, seed: 7, from },
    signal: stopping.signal,
    onEpoch: (summary) => void epochs.push(summary),
    onInterrupted: async (at) => {
      position = at;
    },
  }).catch((error: unknown) => {
    if (error !== stopping.signal.reason) throw error;
  });
  return { epochs, position, state: await runner.readState() };
}

describe('a training of probes', () => {
  it('that is stopped after any step and resumed ends in the same numbers, bit for bit', async () => {
    const whole = await trained(newRunner());
    expect(whole.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(whole.position).toBeUndefined();
    const folder = temporaryFolder('stopped-probes');
    for (let stopAfter = 1; stopAfter <= 8; stopAfter++) {
      const runner = newRunner();
      const before = await trained(runner, { stopAfter });
      expect(before.position).toMatchObject({
        epochs: Math.floor((stopAfter - 1) / 3),
        steps: ((stopAfter - 1) % 3) + 1,
      });
      const path = join(folder, `${stopAfter}.safetensors`);
      await saveTrainingState(path, runner, { summary: before.epochs.at(-1), position: before.position }, candidates);
      runner.dispose();

      const resumed = newRunner();
      const moment = await resumeTraining(path, resumed, candidates);
      expect(moment).toEqual({ summary: before.epochs.at(-1), position: before.position });
      const after = await trained(resumed, { from: moment!.position });
      expect([...before.epochs, ...after.epochs], `after step ${stopAfter}`).toEqual(whole.epochs);
      expect(after.state, `after step ${stopAfter}`).toEqual(whole.state);
      resumed.dispose();
    }
  });

  it('ends in the same numbers where the next batch is staged while a step runs', async () => {
    const [plain, staged] = [await trained(newRunner()), await trained(newRunner(stagingEngine(engine)))];
    expect(staged).toEqual(plain);
  });

  it('of other learning rates is not resumed', async () => {
    const path = join(temporaryFolder('other-rates'), 'state.safetensors');
    const runner = newRunner();
    await saveTrainingState(path, runner, { summary: undefined }, candidates);
    await expect(resumeTraining(path, runner, candidates.slice(1))).rejects.toThrow(
      /was saved for the learning rates and weight decays .*; start again without `existing: 'resume'`/,
    );
    expect(await resumeTraining(join(path, 'none'), runner, candidates)).toBeUndefined();
  });
});

describe("V-JEPA 2's probes", () => {
  const attentive = plannedProbe({ selfAttention: 'before', numHeads: 3 }, SMALL_ENCODER, 3);
  const rates = { learningRate: 1e-2, finalWeightDecay: null, clipNorm: null, decayed: 'all' } as const;
  const asTheirs = probeTraining({ ...rates, epochs: 2, batchSize: 4 });
  const heads = [
    { learningRate: 1e-2, weightDecay: 0.8 },
    { learningRate: 3e-3, weightDecay: 0.1, startLearningRate: 1e-4, warmupEpochs: 1 },
  ];

  /** Losses of the last epoch and the parameters of probes that are trained at once. */
  async function together(probes: readonly (typeof heads)[number][]) {
    const { decayed } = asTheirs;
    const runner = probeRunner(engine, attentive, probes.length, freshProbe(attentive, 0), { decayed });
    const given = { training: asTheirs, runner, candidates: probes, source, samples: source.usable, seed: 7 };
    const summary = await trainProbes(given);
    const parameters = [];
    for (const i of probes.keys()) parameters.push(await runner.parameters(i));
    runner.dispose();
    return { loss: summary!.loss, parameters };
  }

  it('end, trained at once, where each ends alone', async () => {
    expect(attentive).toMatchObject({ depth: 4, selfAttention: 'before' });
    const both = await together(heads);
    const alone = [await together([heads[0]!]), await together([heads[1]!])];
    expect(both.loss).toBeAllClose(
      alone.map(({ loss }) => loss[0]!),
      { rtol: 1e-5 },
    );
    for (const [i, own] of both.parameters.entries()) {
      for (const [name, { data }] of Object.entries(own)) {
        // A key's bias has no exact gradient, and AdamW makes steps of what rounding leaves.
        if (/qkv\.bias|kv\.bias/.test(name)) continue;
        expect(data, name).toBeAllClose(alone[i]!.parameters[0]![name]!.data, { atol: 1e-5 });
      }
    }
  });

  it('have every parameter decayed', async () => {
    const both = [10, 0].map((weightDecay) => ({ learningRate: 1e-2, weightDecay }));
    const [decayed, plain] = (await together(both)).parameters;
    const normOf = (values: Float32Array) => Math.hypot(...values);
    for (const name of ['pooler.blocks.0.norm1.weight', 'pooler.query_tokens', 'linear.weight']) {
      expect(normOf(decayed![name]!.data), name).toBeLessThan(0.95 * normOf(plain![name]!.data));
    }
  });
});
