import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
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
  return probeRunner(on, probe, candidates.length, freshProbe(probe, 0), true);
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
