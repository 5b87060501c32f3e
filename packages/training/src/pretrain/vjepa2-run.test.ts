import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, flatten, type HostTensor, openEngine } from '@vjepa/engine';
import { encodePng } from '@vjepa/pictures';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { initializeVjepa2Encoder, vjepa21EncoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPretraining } from '../plan/plan-pretraining.js';
import { filledOtherClips, type PretrainingSettings } from '../plan/pretraining-settings.js';
import { checkpointPath, loadCheckpoint, loadNewestCheckpoint } from '../run/checkpoint-store.js';
import { readMetrics } from '../run/metrics-file.js';
import { exportCheckpoint } from './export-checkpoint.js';
import { fewVideos } from './few-videos.fixture.js';
import type { ObservedStep } from './observer.js';
import { type PretrainingOptions, pretrain } from './pretrain.js';

const folder = temporaryFolder('vjepa2');
let engine: Engine;
let videos: string;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  videos = await fewVideos(join(folder, 'videos'));
});

const SIZES = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const DENSE = { model: 'vjepa2_1_vit_base', encoder: { ...SIZES, normLayers: [0, 1], rotarySide: 16 } };
const planned = (settings: Partial<PretrainingSettings> = {}) =>
  planPretraining({
    ...{ videos, model: 'vjepa2_vit_large', epochs: 4, stepsPerEpoch: 2, batchSize: 2, encoder: SIZES },
    predictor: { embedDim: 24, depth: 1, numHeads: 2 },
    clips: { frameStep: 1, workers: 1 },
    optimization: { learningRate: { start: 1e-3, reference: 2e-3, final: 2e-3 } },
    checkpoints: { every: 2 },
    ...settings,
  });

const run = (name: string, options: Partial<PretrainingOptions> = {}, plan = planned()) =>
  pretrain({ plan, folder: join(folder, name), engine, print: () => {}, ...options });
const newest = (name: string) => loadNewestCheckpoint(join(folder, name, 'checkpoints'), () => {});
const metricsOf = (name: string) => readMetrics(join(folder, name, 'metrics.jsonl'));
const coolDown: Partial<PretrainingSettings> = {
  encoder: { ...SIZES, numFrames: 8 },
  optimization: {
    ...{ decay: 'cool-down', warmupEpochs: 0 },
    learningRate: { start: 0, reference: 2e-3, final: 1e-4 },
  },
};

/** A picture of 40 x 40 with some stripes. */
function picture(width: number): Uint8Array {
  const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => ((i / 3) % 40) * (width + 1) * 3);
  return encodePng({ width: 40, height: 40, data });
}

/** Stopped after three steps and gone on with, a run ends as one that never was. */
async function endsAlike(name: string, settings: Partial<PretrainingSettings>): Promise<void> {
  const plan = planned(settings);
  await run(`${name}-whole`, {}, plan);
  const stopping = new AbortController();
  const step = ({ metrics }: ObservedStep) => void (metrics.step === 3 && stopping.abort('enough'));
  await run(name, { observers: [{ name: 'the test', step }], signal: stopping.signal }, plan);
  await run(name, { existing: 'resume' }, plan);
  expect((await newest(name)).state).toEqual((await newest(`${name}-whole`)).state);
}

describe('a run of V-JEPA 2', { timeout: 120_000 }, () => {
  it('has the paper’s settings where nothing is said', () => {
    const { settings, encoder, predictor } = planPretraining({ videos, model: 'vjepa2_vit_large', epochs: 800 });
    expect(encoder).toMatchObject({ version: '2', numFrames: 16, imageSize: 256, embedDim: 1024, depth: 24 });
    expect(predictor).toMatchObject({ version: '2', numMaskTokens: 2, numHeads: 12, depth: 12 });
    expect(settings.clips).toMatchObject({ clipRate: 4, duration: undefined });
    expect(settings.optimization).toMatchObject({ clipNorm: 0, momentum: { start: 0.99925, end: 0.99925 } });
    const { at } = planPretraining({ videos, model: 'vjepa2_vit_giant', epochs: 800, stepsPerEpoch: 300 }).scheduleFor(
      1,
    );
    // The goldens of the spec: 12,000 steps of warm-up, then constant.
    expect(at(1).learning_rate).toBeCloseTo(1.000354e-4, 10);
    expect(at(6000).learning_rate).toBeCloseTo(3.125e-4, 10);
    expect([at(12_000), at(240_000)].map((step) => step.learning_rate)).toEqual([5.25e-4, 5.25e-4]);
    expect(at(240_000)).toMatchObject({ weight_decay: 0.04, momentum: 0.99925, clip_norm: 0 });
  });

  it('stopped and resumed, ends bit for bit as if it had never been', async () => {
    await endsAlike('plain', {});
    const metrics = metricsOf('plain');
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const step of metrics) {
      expect(step.loss).toBeGreaterThan(0);
      expect(step).toMatchObject({ momentum: 0.99925, loss_jepa: step.loss, target_rank: expect.any(Number) });
      for (const absent of ['loss_reg', 'loss_context', 'context_weight']) expect(step).not.toHaveProperty(absent);
    }
    expect(Object.keys((await newest('plain')).state)).not.toContain('encoder.pos_embed');
  });

  it('of which all masks have the first token, or each its own', async () => {
    const moved = async (name: string, settings: Partial<PretrainingSettings>) => {
      await run(name, {}, planned({ epochs: 1, ...settings }));
      const { state } = await newest(name);
      return [0, 1].map((token) => [...(state[`predictor.mask_tokens.${token}`]!.data as Float32Array)].some(Boolean));
    };
    expect(await moved('one-token', {})).toEqual([true, false]);
    expect(await moved('two-tokens', { objective: { maskToken: 'mask' } })).toEqual([true, true]);
  });

  it('cools down from its end with longer clips, at its own first step and with AdamW’s moments', async () => {
    const from = join(folder, 'plain');
    const before = await newest('plain');
    const lines: string[] = [];
    const plan = planned({ ...coolDown, from });
    await run('said', { print: (line) => lines.push(line) }, plan);
    expect(lines.join('\n')).toContain(`beginning with the weights of ${from}, after 8 updates`);
    const rates = metricsOf('said').map((step) => step.learning_rate);
    // Over 1.25 times its 8 steps.
    expect(rates[0]).toBeCloseTo(2e-3 - 1.9e-3 / 10, 10);
    expect(rates[7]).toBeCloseTo(2e-3 - (8 * 1.9e-3) / 10, 10);
    expect((await newest('said')).run).toMatchObject({ updatesBefore: 8 });
    expect(before.run).not.toHaveProperty('updatesBefore');
    await endsAlike('cooled', { ...coolDown, from });
    expect((await newest('cooled')).state).toEqual((await newest('said')).state);
  });

  it('goes on from a file in the reference’s form as from the run that it is of', async () => {
    const [file, checkpoint] = [join(folder, 'plain.pth.tar'), await newest('plain')];
    await exportCheckpoint(checkpoint, planned(), file);
    await run('from-run', {}, planned({ ...coolDown, epochs: 1, from: join(folder, 'plain') }));
    await run('from-file', {}, planned({ ...coolDown, epochs: 1, from: file }));
    expect((await newest('from-file')).state).toEqual((await newest('from-run')).state);
    expect((await newest('from-file')).run).toMatchObject({ updatesBefore: 8 });
  });

  it('trains on clips of two lengths in one step, each with a token of its own', async () => {
    const longer = { videos, numFrames: 8, batchSize: 1 };
    const plan = planned({ epochs: 2, otherClips: [longer] });
    expect(plan.predictor.numMaskTokens).toBe(4);
    const lines: string[] = [];
    await run('two-lengths', { print: (line) => lines.push(line) }, plan);
    expect(lines.join('\n')).toMatch(/12 videos; 4 steps of 2 clips and 1 of 8 frames/);
    const { state } = await newest('two-lengths');
    const moved = [0, 1, 2, 3].map((token) =>
      [...(state[`predictor.mask_tokens.${token}`]!.data as Float32Array)].some(Boolean),
    );
    expect(moved).toEqual([true, true, false, false]);
    // What says how far apart frames are goes before what the main clips say.
    const rated = planned({ clips: { clipRate: 4 }, otherClips: [{ ...longer, clips: { frameStep: 2 } }] });
    const filled = filledOtherClips(rated.settings.otherClips[0]!, rated.settings, rated.encoder);
    expect(filled.clips).toMatchObject({ frameStep: 2, clipRate: undefined, duration: undefined });
  });

  it('changes nothing at a step whose loss is above the guard’s limit', async () => {
    const settings = {
      optimization: {
        lossGuard: { deviations: 0.01, window: 2 },
        learningRate: { start: 0.05, reference: 0.05, final: 0.05 },
      },
      checkpoints: { every: 1, keep: 8 },
    };
    await endsAlike('guarded', settings);
    const skipped = metricsOf('guarded-whole').map((step) => step.skipped);
    expect(skipped.slice(0, 3)).toEqual([0, 0, 0]);
    expect(skipped).toContain(1);
    const at = skipped.indexOf(1);
    const stateAt = async (step: number) =>
      (await loadCheckpoint(checkpointPath(join(folder, 'guarded-whole', 'checkpoints'), step))).state;
    expect(await stateAt(at + 1)).toEqual(await stateAt(at));
    expect(await stateAt(2)).not.toEqual(await stateAt(1));
  });

  it('begins with no weights of another model, and with none that are not there', async () => {
    const other = planned({ from: join(folder, 'plain'), predictor: { embedDim: 24, depth: 2, numHeads: 2 } });
    await expect(run('other', {}, other)).rejects.toThrow(/predictor of the checkpoint is not `model`.*blocks\.1/s);
    // Heads, and the version, are in no shape.
    const heads = planned({ from: join(folder, 'plain'), encoder: { ...SIZES, numHeads: 1 } });
    await expect(run('heads', {}, heads)).rejects.toThrow(
      /plain: is of another model: it has encoder\.numHeads 2, and the settings have 1\. Set the sizes that it has/,
    );
    const predictorHeads = planned({ from: join(folder, 'plain'), predictor: { embedDim: 24, depth: 1, numHeads: 1 } });
    await expect(run('heads', {}, predictorHeads)).rejects.toThrow(/it has predictor\.numHeads 2/);
    const first = { model: 'vit_tiny', encoder: SIZES, optimization: {}, from: join(folder, 'plain') };
    await expect(run('first', {}, planned(first))).rejects.toThrow(
      /it has encoder\.version V-JEPA 2, and the settings have V-JEPA/,
    );
    await expect(run('none', {}, planned({ from: folder }))).rejects.toThrow(
      /`from`: .* is no folder of a run with a checkpoint\. Name such a folder/,
    );
    await expect(run('none', {}, planned({ from: join(folder, 'nowhere') }))).rejects.toThrow(
      /`from`: there is no .*nowhere/,
    );
  });

  it.each<[Partial<PretrainingSettings>, RegExp]>([
    [{ objective: { targets: 'pixels' } }, /`objective\.targets`: expected features with an encoder of V-JEPA 2/],
    [{ objective: { regularizerCoefficient: 0.1 } }, /`objective\.regularizerCoefficient`: expected 0, the default,/],
    [
      { objective: { maskToken: 'mask' }, predictor: { numMaskTokens: 1 } },
      /`predictor\.numMaskTokens`: expected 2 or more/,
    ],
    [
      { otherClips: [{ videos: 'more', numFrames: 1, batchSize: 1 }] },
      /`otherClips\.0\.numFrames`: expected a multiple of a tubelet's frames, 2, found 1/,
    ],
    [{ otherClips: [{ videos: 'more', numFrames: 8, batchSize: 0 }] }, /`otherClips\.0\.batchSize`/],
    [
      { model: 'vit_tiny', encoder: {}, otherClips: [{ videos: 'more', numFrames: 8, batchSize: 1 }] },
      /`otherClips`: expected none with an encoder of V-JEPA/,
    ],
    [
      { otherClips: [{ videos: 'more', numFrames: 8, batchSize: 1 }], predictor: { numMaskTokens: 1 } },
      /`predictor\.numMaskTokens`: expected 2 or more, one for each length of clips/,
    ],
    [{ clips: { clipRate: 4, duration: 2 } }, /`clips\.clipRate`: expected none where the seconds of a clip/],
    [{ clips: { clipRate: -3 } }, /`clips\.clipRate`: expected a number above 0, found -3/],
    [{ clips: { weights: [0] } }, /`clips\.weights`: expected weights of at least 0, not all of them 0/],
    [
      { optimization: { lossGuard: { deviations: 0 } } },
      /`optimization\.lossGuard\.deviations`: expected a number above 0/,
    ],
    [
      { objective: { contextWeight: { weight: 1, startEpochs: 12, endEpochs: 6 } } },
      /`objective\.contextWeight`: expected startEpochs/,
    ],
    [{ optimization: { decay: 'cool-down' } }, /`optimization\.warmupEpochs`: expected 0 in a cool-down/],
    [{ model: 'vjepa2_vit_largest' }, /`model` cannot be built: unknown encoder 'vjepa2_vit_largest'/],
  ])('refuses %j', (settings, message) => {
    expect(() => planned(settings)).toThrow(message);
  });
});

describe('a run of V-JEPA 2.1', { timeout: 120_000 }, () => {
  it('trains on visible tokens, too, by a weight that comes after a while', async () => {
    const objective = { contextWeight: { weight: 0.5, startEpochs: 1, endEpochs: 3 } };
    await endsAlike('dense', { ...DENSE, objective });
    const metrics = metricsOf('dense');
    expect(metrics.map((step) => step.context_weight)).toEqual([0, 0, 0, 0.125, 0.25, 0.375, 0.5, 0.5]);
    for (const { loss, loss_jepa, loss_context, context_weight } of metrics) {
      expect(loss).toBeCloseTo(loss_jepa! + context_weight! * loss_context!, 5);
    }
  });

  it('sees images beside videos, with their own embedding, masks and lambda', async () => {
    const images = join(folder, 'pictures');
    mkdirSync(images, { recursive: true });
    for (let i = 0; i < 5; i++) writeFileSync(join(images, `${i}.png`), picture(i));
    const otherClips = [{ videos: images, numFrames: 1, batchSize: 3, contextWeight: 0.7 }];
    const objective = { contextWeight: { weight: 0.5, startEpochs: 1, endEpochs: 3 } };
    const plan = planned({ ...DENSE, objective, otherClips });
    expect(plan.others[0]).toMatchObject({ grid: { depth: 1, height: 4, width: 4 }, frames: 1, side: 32 });
    expect(plan.others[0]!.masksAt(0)).toHaveLength(1);
    expect(plan.others[0]!.contextWeightAt(8, 2)).toBe(0.7);
    await endsAlike('images', { ...DENSE, objective, otherClips });
    const moved = async (name: string) => {
      const { state } = await newest(name);
      const before = flatten<HostTensor>(planned(DENSE).initialState());
      return ['patch_embed_img.proj.weight', 'img_mod_embed'].map(
        (part) => String(state[`encoder.${part}`]!.data) !== String(before[`encoder.${part}`]!.data),
      );
    };
    expect(await moved('images')).toEqual([true, true]);
    expect(await moved('dense')).toEqual([false, false]);
  });

  it('is distilled from a frozen teacher, whose last features a student predicts', async () => {
    const teacher = vjepa21EncoderConfig('vit_base', { ...SIZES, embedDim: 48, normLayers: [0, 1] });
    const weights = initializeVjepa2Encoder(teacher, mersenneTwister(7));
    const plan = planned({ ...DENSE, teacher });
    expect(plan.predictor).toMatchObject({ levels: 1, outputDim: 48 });
    const stopping = new AbortController();
    const step = ({ metrics }: ObservedStep) => void (metrics.step === 3 && stopping.abort('enough'));
    await run('student-whole', { teacher: weights }, plan);
    const stopped = { teacher: weights, signal: stopping.signal, observers: [{ name: 'the test', step }] };
    await run('student', stopped, plan);
    await run('student', { teacher: async () => weights, existing: 'resume' }, plan);
    const { state } = await newest('student');
    expect(state).toEqual((await newest('student-whole')).state);
    expect(Object.keys(state).filter((name) => name.startsWith('teacher'))).toEqual([]);
    const ranks = metricsOf('student').map((line) => line.target_rank);
    // The teacher's features of other clips, which no update changes.
    expect(ranks.every((rank) => Number(rank) > 1)).toBe(true);
    const others = initializeVjepa2Encoder(teacher, mersenneTwister(8));
    await expect(run('student', { teacher: others, existing: 'resume' }, plan)).rejects.toThrow(
      /`teacher`: is another than the one that this run was begun with/,
    );
    await expect(run('taught-by-none', {}, plan)).rejects.toThrow(
      /`teacher`: expected parameters of the plan's teacher/,
    );
    const other = initializeVjepa2Encoder({ ...teacher, embedDim: 24 }, mersenneTwister(7));
    await expect(run('taught-by-another', { teacher: other }, plan)).rejects.toThrow(
      /patch_embed\.proj\.weight has shape/,
    );
  });

  it('has lambda as the spec says: nothing for 15,000 steps, all from 30,000 on', () => {
    const { at } = planPretraining({
      videos,
      model: 'vjepa2_1_vit_base',
      epochs: 135,
      stepsPerEpoch: 1000,
    }).scheduleFor(1);
    const weights = [14_999, 22_500, 30_000].map((update) => at(update + 1).context_weight);
    expect(weights).toEqual([0, 0.25, 0.5]);
  });
});
