import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig, initializeVjepa2Encoder, vjepa2EncoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../dark-and-bright.fixture.js';
import { stopAfter } from '../stop-after.fixture.js';
import type { TrainingObserver } from '../training-observer.js';
import type { Candidate } from './candidates.js';
import { evaluate } from './evaluate.js';
import type { EvaluateOptions } from './evaluate-options.js';
import type { TrainingOutcome } from './evaluation-outcome.js';
import { type EvaluationSettings, planEvaluation } from './evaluation-plan.js';
import { heldOutSplit } from './held-out.js';
import { readLabelledSet } from './labelled-set.js';
import { leftByEvaluation } from './left-by-evaluation.fixture.js';

const folder = temporaryFolder('evaluations');
const encoder = encoderConfig('vit_tiny', { imageSize: 48, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 });
let engine: Engine;
let settings: EvaluationSettings;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  const [train, validation] = [await darkAndBright(folder, 'train', 6), await darkAndBright(folder, 'validation', 4)];
  settings = {
    encoder,
    checkpoint: fixture('probe-small/encoder.pth.tar'),
    data: { train, validation, classes: 2 },
    clips: { segments: 2 },
    training: { epochs: 3, batchSize: 2, learningRate: 1e-2, clipNorm: 1e-3 },
    encoderBatch: 4,
    loading: { decoder: 'wasm' },
  };
});

const silent = Object.assign(() => {}, { writeTo: () => {} });

function run(name: string, more: Partial<EvaluateOptions> = {}, others: Partial<EvaluationSettings> = {}) {
  const plan = planEvaluation({ ...settings, ...others });
  return evaluate({ plan, folder: join(folder, name), engine, log: silent, ...more });
}

const left = (name: string) => leftByEvaluation(join(folder, name));

describe('an evaluation', () => {
  it('keeps its settings, its log, its probe and its numbers in a folder', async () => {
    const told: unknown[] = [];
    const observer: TrainingObserver = {
      name: 'test',
      start: ({ done, classifiers }) => void told.push({ done, classifiers }),
      epoch: ({ epoch, trainLoss, validation }) => void told.push([epoch, trainLoss.length, validation]),
      end: () => void told.push('end'),
    };
    const { trainings, stopped, folder: where } = await run('whole', { observers: [observer] });
    const last = trainings[0]!.probes[0]!.validation!.top1;
    expect(told.filter((_, i) => i === 0 || i > 2)).toEqual([{ done: 0, classifiers: 1 }, [3, 1, [last]], 'end']);
    expect(stopped).toBe(false);
    expect(trainings).toMatchObject([{ lowShot: null, trainingSamples: 6, chosen: 0 }]);
    expect(trainings[0]!.probes[0]!.validation).toMatchObject({ count: 4 });
    const { results, rows } = await left('whole');
    expect(results.trainings).toEqual(JSON.parse(JSON.stringify(trainings)));
    expect(rows.trim().split('\n')).toHaveLength(4);
    expect(JSON.parse(readFileSync(where.config, 'utf8'))).toMatchObject({
      kind: 'video_classification_frozen',
      settings: { training: { epochs: 3, weightDecay: 0.01 }, seed: 0 },
    });
  });

  it('is not replaced unasked, and goes on as the same experiment only', async () => {
    await expect(run('whole')).rejects.toThrow(/holds an earlier video.* Go on with it with `existing: 'resume'`/);
    await expect(run('whole', { existing: 'resume' }, { seed: 1 })).rejects.toThrow(/\n {2}seed: 0 -> 1\n/);
    const again = await run('whole', { existing: 'resume' }, { loading: { decoder: 'wasm', workers: 2 } });
    expect(again.trainings).toEqual((await run('whole', { existing: 'overwrite' })).trainings);
  });

  it('chooses among several probes on held-out training samples where asked to, and on the validation set else', async () => {
    const learningRates = [1e-5, 1e-2];
    const { trainings } = await run('held-out', {}, { sweep: { learningRates, heldOut: 0.34 } });
    const [{ probes, chosen, trainingSamples, heldOutSamples }] = trainings as [TrainingOutcome];
    expect([trainingSamples, heldOutSamples]).toEqual([4, 2]);
    const best = Math.max(...probes.map(({ heldOutTop1 }) => heldOutTop1!));
    expect(probes[chosen]!.heldOutTop1).toBe(best);
    const published = await run('on-validation', {}, { sweep: { learningRates } });
    expect(published.trainings[0]).toMatchObject({ trainingSamples: 6 });
    expect(published.trainings[0]).not.toHaveProperty('heldOutSamples');
  });

  it('never trains on what is held out, also where a bad video is replaced', async () => {
    const train = join(folder, 'with-bad.csv');
    writeFileSync(join(folder, 'bad.mp4'), 'no video');
    writeFileSync(train, `${readFileSync(join(folder, 'train.csv'), 'utf8')}bad.mp4 0\n`);
    const said: string[] = [];
    const log = Object.assign((line: unknown) => said.push(String(line)), { writeTo: () => {} });
    const sweep = { learningRates: [1e-5, 1e-2], heldOut: 0.5 };
    const data = { train, validation: join(folder, 'validation.csv'), classes: 2 };
    const training = { epochs: 8, batchSize: 2 };
    await run('replaced', { log }, { data, sweep, training, validateEvery: 8, seed: 1 });
    const { entries } = await readLabelledSet(data, 'train');
    const samples = [...entries.keys()];
    const { heldOut } = heldOutSplit({ entries }, samples, { share: sweep.heldOut, seed: 1 });
    const standIns = said.flatMap((line) => /^replaced in training: .*; by (.*)$/.exec(line)?.[1] ?? []);
    expect(standIns.length).toBeGreaterThanOrEqual(training.epochs);
    for (const index of heldOut) expect(standIns).not.toContain(entries[index]!.path);
  });

  // 6 training samples an epoch, then 4 to validate on: within an epoch, at its end, while validating, after it.
  it.each([1, 6, 8, 13, 22, 29])(
    'that is stopped at sample %i goes on bit for bit as if it never had',
    async (count) => {
      const name = `stopped-${count}`;
      const before = await run(name, stopAfter(count));
      expect(before).toMatchObject({ stopped: true, trainings: [] });
      expect(existsSync(join(folder, name, 'results.json'))).toBe(false);
      expect((await run(name, { existing: 'resume' })).stopped).toBe(false);
      expect(await left(name)).toEqual(await left('whole'));
    },
  );

  it('that is stopped while features are computed keeps those that are done', async () => {
    const cache = (name: string) => ({ cache: join(folder, name) });
    const whole = await run('cached', cache('features'));
    const stopping = new AbortController();
    const said: string[] = [];
    const log = Object.assign((line: unknown) => said.push(String(line)), { writeTo: () => stopping.abort() });
    const before = await run('cached-stopped', { ...cache('features-2'), signal: stopping.signal, log });
    expect(before.stopped).toBe(true);
    const resumed = await run('cached-stopped', { ...cache('features-2'), existing: 'resume' });
    expect(resumed.trainings).toEqual(whole.trainings);
    expect(await left('cached-stopped')).toEqual(await left('cached'));
  });

  it('says what is missing before it computes', async () => {
    const data = {
      train: join(folder, 'none.csv'),
      validation: settings.data.kind === 'image' ? '' : folder,
      classes: 2,
    };
    const none = run('none', { engine: () => Promise.reject(new Error('opened')) }, { data, checkpoint: 'none.pth' });
    await expect(none).rejects.toThrow(
      /2 paths that `settings` names are missing:\n {2}`data\.train`: .*none\.csv\n {2}`checkpoint`: none\.pth\n.*for example `data\.train: PATH`/,
    );
    writeFileSync(join(folder, 'three.csv'), 'train/0.mp4 2\n');
    const labels = run('labels', {}, { data: { ...data, train: join(folder, 'three.csv') } });
    await expect(labels).rejects.toThrow(/three\.csv:1: label 2 is outside the 2 classes/);
  });
});

describe("an evaluation by V-JEPA 2's protocol", () => {
  const [images, layers] = [{ imageSize: 32, numFrames: 4 }, [1, 2]];
  const small = vjepa2EncoderConfig('vit_tiny', { ...images, embedDim: 24, depth: 2, numHeads: 2 });
  const parameters = initializeVjepa2Encoder(small, mersenneTwister(3));
  const theirs = {
    ...{ encoder: small, clips: { segments: 2, views: 2, frameStep: 2 } },
    probe: { selfAttention: 'before', depth: 2, numHeads: 2, layers } as const,
    training: { epochs: 2, batchSize: 2, finalWeightDecay: null, clipNorm: null, decayed: 'all' } as const,
    sweep: { learningRates: [5e-3], weightDecays: [0.01, 0.8], heldOut: 0.34 },
  };
  const runTheirs = (name: string, more: Partial<EvaluateOptions> = {}) => run(name, { parameters, ...more }, theirs);

  it('trains all heads on one pass of several layers, chooses on held-out samples, and goes on bit for bit', {
    timeout: 60_000,
  }, async () => {
    const said: string[] = [];
    const log = Object.assign((line: unknown) => void said.push(String(line)), { writeTo: () => {} });
    const { trainings } = await runTheirs('vjepa2', { log });
    expect(said).toContainEqual(
      expect.stringMatching(/^training on 4 of 6 samples of .*, 2 held out to choose the probe by: 2 probes, 2 epochs/),
    );
    const [{ probes, chosen }] = trainings as [TrainingOutcome];
    expect(probes.map(({ validation }) => validation?.count)).toEqual([4, 4]);
    expect(probes[chosen]!.heldOutTop1).toBe(Math.max(...probes.map(({ heldOutTop1 }) => heldOutTop1!)));
    const probe = await readSafetensors(join(folder, 'vjepa2', 'probe-latest.safetensors'));
    expect(Object.keys(probe).filter((name) => /^pooler\.blocks\.\d\.norm1\.weight$/.test(name))).toHaveLength(1);
    // Within an epoch, and while the held-out samples are asked about.
    for (const count of [2, 18]) {
      const name = `vjepa2-${count}`;
      expect((await runTheirs(name, stopAfter(count))).stopped).toBe(true);
      await runTheirs(name, { existing: 'resume' });
      expect(await left(name)).toEqual(await left('vjepa2'));
    }
  });
});

describe('planEvaluation', () => {
  it('has the paper’s settings for what is left out or undefined', () => {
    const { encoder, checkpoint, data } = settings;
    const plan = planEvaluation({ encoder, checkpoint, data, clips: undefined, training: { epochs: undefined } });
    expect(plan.training).toEqual({
      ...{ epochs: 20, batchSize: 256, learningRate: 1e-3, startLearningRate: 1e-3, finalLearningRate: 0 },
      ...{ warmupEpochs: 0, weightDecay: 0.01, finalWeightDecay: 1e-6, clipNorm: 1, reshuffle: true },
    });
    expect(plan.probe).toMatchObject({ kind: 'attentive', depth: 1, numHeads: 3, numClasses: 2 });
    expect(plan.recipes.validation).toMatchObject({ frames: 4, segments: 1, views: 1, attendAcrossSegments: true });
    expect(plan.draws).toEqual([null]);
  });

  it('trains every pair of a sweep, and every draw of each share', () => {
    const sweep = { learningRates: [1e-3, 3e-4], weightDecays: [0.01, 0.1] };
    const { candidates, draws } = planEvaluation({ ...settings, sweep, lowShot: { fractions: [0.05, 0.1] } });
    expect(candidates).toHaveLength(4);
    expect(draws).toHaveLength(6);
  });

  it("holds training samples out to choose among V-JEPA 2's probes by, and none for others", () => {
    const sweep = { learningRates: [1e-3, 3e-4] };
    const probe = { selfAttention: 'before', numHeads: 3 } as const;
    expect(planEvaluation({ ...settings, sweep }).heldOut).toBeUndefined();
    expect(planEvaluation({ ...settings, sweep, probe }).heldOut).toBe(0.05);
    expect(planEvaluation({ ...settings, sweep: { ...sweep, heldOut: 0 }, probe }).heldOut).toBeUndefined();
    expect(planEvaluation({ ...settings, probe }).heldOut).toBeUndefined();
    const tooMany = { ...settings, sweep: { ...sweep, heldOut: 0.6 } };
    expect(() => planEvaluation(tooMany)).toThrow('`sweep.heldOut`: expected a share from 0 to 0.5, found 0.6');
    const nameless = { ...settings, sweep: { probes: [{ learningRate: 1e-3 } as Candidate] } };
    expect(() => planEvaluation(nameless)).toThrow(/`sweep\.probes\[0\]\.weightDecay`: expected a number/);
  });

  it('refuses layers that the encoder does not have', () => {
    const message = "`probe.layers`: expected a list of the encoder's blocks, 1 to 2, found [3]";
    expect(() => planEvaluation({ ...settings, probe: { layers: [3] } })).toThrow(message);
  });

  it('refuses a probe that cannot be built', () => {
    expect(() => planEvaluation({ ...settings, probe: { numHeads: 5 } })).toThrow(/`probe` cannot be built: .*5 heads/);
  });
});
