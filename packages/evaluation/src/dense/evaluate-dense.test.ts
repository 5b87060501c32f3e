import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLabelMap, writeLabelMap } from '@vjepa/benchmarks';
import { readSafetensors } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog } from '@vjepa/training';
import { initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { stopAfter } from '../stop-after.fixture.js';
import { type DenseSettings, planDense } from './dense-plan.js';
import { loadDenseProbe } from './dense-probe-file.js';
import { describeDense } from './describe-dense.js';
import { type EvaluateDenseOptions, evaluateDense } from './evaluate-dense.js';
import { type PredictedPixels, predictPixels } from './predict-pixels.js';
import { untrainedEncoder, writeDepthScenes, writeSegmentedScenes } from './scenes.fixture.js';

const out = temporaryFolder('evaluate-dense');
const log = createRunLog({ print: () => {} });
const { encoder, parameters } = untrainedEncoder();
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  await writeSegmentedScenes(join(out, 'classes'), { train: 24, val: 8 });
  await writeDepthScenes(join(out, 'depths'), { train: 24, test: 8 });
});

const training = { epochs: 10, batchSize: 8, learningRates: [0.03], augment: false };

const run = (name: string, settings: Partial<DenseSettings> = {}, more: Partial<EvaluateDenseOptions> = {}) =>
  evaluateDense({
    plan: planDense({
      ...{ encoder, checkpoint: null, training, data: { benchmark: 'folder', root: join(out, 'classes') } },
      ...settings,
    }),
    ...{ parameters, engine, log, folder: join(out, name), ...more },
  });

async function finished(...asked: Parameters<typeof run>) {
  const outcome = await run(...asked);
  if (outcome.stopped) throw new Error('it was stopped');
  return outcome;
}

async function left(name: string) {
  const { path: _, ...results } = JSON.parse(readFileSync(join(out, name, 'results.json'), 'utf8'));
  return {
    results,
    probe: await readSafetensors(join(out, name, 'probe.safetensors')),
    state: await readSafetensors(join(out, name, 'training-state.safetensors')),
    rows: readFileSync(join(out, name, 'dense_r0.csv'), 'utf8'),
  };
}

describe('evaluateDense', { timeout: 600_000 }, () => {
  it('reads colours off an untrained encoder’s patches, of pictures it has not seen', async () => {
    const outcome = await finished('classes-whole');
    if (outcome.result.task !== 'segmentation') throw new Error('no classes');
    const { meanIou, pixelAccuracy, perClass } = outcome.result.segmentation;
    // What the most frequent class alone would get.
    const pixels = perClass.reduce((sum, own) => sum + own.pixels, 0);
    expect(pixelAccuracy).toBeGreaterThan((100 * perClass[0]!.pixels) / pixels + 20);
    expect(meanIou).toBeGreaterThan(60);
    expect(perClass.map(({ name, iou }) => [name, Number.isNaN(iou)]).at(-1)).toEqual(['never', true]);
    expect(outcome.candidates).toEqual([{ learningRate: 0.03, weightDecay: 1e-4, heldOut: undefined }]);
    expect(describeDense(outcome)).toContain(`mean IoU ${meanIou.toFixed(2)} over 4 classes`);
  });

  it('leaves a probe that PyTorch can load, and knows again what it is', async () => {
    const { config, parameters: own, training } = await loadDenseProbe(join(out, 'classes-whole/probe.safetensors'));
    expect(config).toEqual({
      ...{ task: 'segmentation', classes: 5, norm: true, embedDim: 48, grid: { height: 8, width: 8 } },
    });
    expect(Object.entries(own).map(([name, { shape }]) => [name, shape])).toEqual(
      expect.arrayContaining([
        ['linear.weight', [5, 48]],
        ['norm.running_var', [48]],
      ]),
    );
    expect(training).toMatchObject({ layer: 2, size: { height: 32, width: 32 } });
    expect(training.classNames).toHaveLength(5);
    await expect(loadDenseProbe(join(out, 'classes-whole/training-state.safetensors'))).rejects.toThrow(
      'is no dense probe',
    );
  });

  it('is asked of any picture by its probe, and of no other encoder’s features', async () => {
    const probe = await loadDenseProbe(join(out, 'classes-whole/probe.safetensors'));
    const path = join(out, 'classes/images/val/0.ppm');
    const files = [{ path, name: '0.ppm' }];
    const answers: PredictedPixels[] = [];
    for await (const answer of predictPixels({ engine, encoder, parameters, denseProbe: probe, files }))
      answers.push(answer);
    const { labels, height, width } = await readLabelMap(join(out, 'classes/annotations/val/0.png'));
    expect(answers).toMatchObject([{ path, name: '0.ppm', height, width }]);
    const right = labels.filter((label, i) => label === answers[0]!.values[i]).length;
    expect(right / labels.length).toBeGreaterThan(0.7);
    const other = initializeEncoder(encoder, mersenneTwister(2));
    const refused = predictPixels({ engine, encoder, parameters: other, denseProbe: probe, files }).next();
    await expect(refused).rejects.toThrow('`denseProbe`: was trained on another encoder: other weights');
    const wide = { ...encoder, embedDim: 96 };
    await expect(predictPixels({ engine, encoder: wide, parameters, denseProbe: probe, files }).next()).rejects.toThrow(
      '96',
    );
    await expect(predictPixels({ engine, encoder, parameters, denseProbe: probe, files: [] }).next()).rejects.toThrow(
      'there are none',
    );
  });

  it('leaves out pictures that cannot be read where somebody is told, and ends with them elsewhere', async () => {
    const denseProbe = await loadDenseProbe(join(out, 'classes-whole/probe.safetensors'));
    const whole = { path: join(out, 'classes/images/val/0.ppm'), name: '0.ppm' };
    const broken = { path: join(out, 'broken.jpg'), name: 'broken.jpg' };
    writeFileSync(broken.path, Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0));
    const asked = { engine, encoder, parameters, denseProbe, files: [broken, whole] };
    const leftOut: string[] = [];
    const answered: string[] = [];
    const onLeftOut = ({ name }: { name: string }) => void leftOut.push(name);
    for await (const { name } of predictPixels({ ...asked, onLeftOut })) answered.push(name);
    expect([answered, leftOut]).toEqual([['0.ppm'], ['broken.jpg']]);
    await expect(predictPixels(asked).next()).rejects.toThrow('broken.jpg');
    await expect(predictPixels({ ...asked, files: [broken], onLeftOut }).next()).rejects.toThrow('broken.jpg');
  });

  it('stopped at any moment and resumed, ends bit for bit as if it never had', async () => {
    const settings: Partial<DenseSettings> = { training: { ...training, epochs: 2, augment: true, targetStride: 2 } };
    await run('augmented', settings);
    const whole = await left('augmented');
    // 3 steps an epoch, then the pictures of the validation split.
    for (const count of [1, 4, 8]) {
      const name = `stopped-${count}`;
      expect(await run(name, settings, stopAfter(count))).toMatchObject({ stopped: true });
      expect(existsSync(join(out, name, 'results.json'))).toBe(false);
      await run(name, settings, { existing: 'resume' });
      expect(await left(name), `stopped after ${count}`).toEqual(whole);
    }
  });

  it('goes on with a data set that has moved, and with no other', async () => {
    const settings = (root: string): Partial<DenseSettings> => ({
      training: { ...training, epochs: 2 },
      data: { benchmark: 'folder', root: join(out, root) },
    });
    await writeSegmentedScenes(join(out, 'here'), { train: 8, val: 2 });
    expect(await run('moved', settings('here'), stopAfter(1))).toMatchObject({ stopped: true });
    renameSync(join(out, 'here'), join(out, 'there'));
    renameSync(join(out, 'there/images/train/0.ppm'), join(out, '0.ppm'));
    const fewer = run('moved', settings('there'), { existing: 'resume' });
    await expect(fewer).rejects.toThrow('training set: 8 entries -> 7');
    renameSync(join(out, '0.ppm'), join(out, 'there/images/train/0.ppm'));
    expect(await run('moved', settings('there'), { existing: 'resume' })).toMatchObject({ stopped: false });
  });

  it('says where pictures are measured that are trained on', async () => {
    const lines: string[] = [];
    const told = { log: createRunLog({ print: (line) => void lines.push(line) }) };
    const both = { benchmark: 'folder', root: join(out, 'classes'), train: 'val' } as const;
    await run('trained-on', { data: both, training: { ...training, epochs: 1 } }, told);
    expect(lines.join('\n')).toContain('8 of the 8 pictures of val are trained on, too');
  });

  it('is no number where nothing counts, but an error', async () => {
    const nothing = { ...training, epochs: 1 };
    const root = join(out, 'ignored');
    await writeSegmentedScenes(root, { train: 2, val: 1 });
    const ignore = async (file: string) => {
      const map = await readLabelMap(join(root, file));
      await writeLabelMap(join(root, file), { ...map, labels: map.labels.map(() => 255) as Uint8Array });
    };
    await ignore('annotations/val/0.png');
    const settings = { training: nothing, data: { benchmark: 'folder', root } } as const;
    await expect(run('ignored-val', settings)).rejects.toThrow(
      `${root}: no pixel of val (1 picture) has a class; check what its annotations hold`,
    );
    // One pixel that is in no crop of the first epoch is no reason to end.
    const few = join(out, 'few');
    await writeSegmentedScenes(few, { train: 2, val: 1 });
    for (const n of [0, 1]) {
      const map = await readLabelMap(join(few, `annotations/train/${n}.png`));
      const labels = map.labels.map((_, i) => (n === 0 && i === 0 ? 1 : 255)) as Uint8Array;
      await writeLabelMap(join(few, `annotations/train/${n}.png`), { ...map, labels });
    }
    await run('few', { ...settings, data: { benchmark: 'folder', root: few } });
    for (const n of [0, 1]) await ignore(`annotations/train/${n}.png`);
    await expect(run('ignored-train', settings)).rejects.toThrow('no pixel of train (2 pictures) has a class');
    const far = { benchmark: 'nyu-depth', root: join(out, 'depths') } as const;
    const near = { data: far, size: 32, probe: { maxDepth: 0.5 }, training: { ...nothing, weightDecays: [0] } };
    await expect(run('far', near)).rejects.toThrow(
      'no pixel of train (24 pictures) has a depth from 0.001 to 0.5 metres',
    );
  });

  it('chooses among learning rates and weight decays by pictures that it was not trained on', async () => {
    const sweep = { learningRates: [0.03, 1e-6], weightDecays: [0, 0.1], heldOut: 0.25 };
    const outcome = await finished('sweep', { training: { ...training, ...sweep } });
    expect(outcome.candidates.map(({ learningRate, weightDecay }) => [learningRate, weightDecay])).toEqual([
      [0.03, 0],
      [0.03, 0.1],
      [1e-6, 0],
      [1e-6, 0.1],
    ]);
    expect(outcome.chosen).toBeLessThan(2);
    const pixels = outcome.candidates.map(({ heldOut }) => {
      return heldOut?.task === 'segmentation' ? heldOut.segmentation.pixels : 0;
    });
    // 6 of 24 pictures, of about 46 x 40.
    expect(pixels[0]! / 6).toBeGreaterThan(1000);
    expect(pixels[0]! / 6).toBeLessThan(2300);
    expect(describeDense(outcome)).toContain('chosen');
  });

  it.each([
    ['classes', { benchmark: 'folder', root: join(out, 'classes') }],
    ['depths', { benchmark: 'nyu-depth', root: join(out, 'depths') }],
  ] as const)(
    'leaves out a probe of a sweep whose %s are no numbers, and ends where none is left',
    async (name, data) => {
      const short = { ...training, epochs: 3, heldOut: 0.25, weightDecays: [0] };
      const sweep = (learningRates: number[]) => ({
        ...{ data, size: 32, probe: { bins: 0 } },
        training: { ...short, learningRates },
      });
      const outcome = await finished(`one-diverged-${name}`, sweep([1e30, 0.03]));
      expect([outcome.chosen, outcome.candidates[0]!.heldOut]).toEqual([1, undefined]);
      expect(describeDense(outcome)).toMatch(/1e\+30 +0 +diverged/);
      await expect(run(`all-diverged-${name}`, sweep([1e30, 1e29]))).rejects.toMatchObject({ code: 'diverged' });
    },
  );

  it.each([32, 0])('reads depths off, with %i bins, in pictures of another shape than the encoder’s', async (bins) => {
    const outcome = await finished(`depths-${bins}`, {
      data: { benchmark: 'nyu-depth', root: join(out, 'depths') },
      size: { height: 32, width: 40 },
      probe: { bins, maxDepth: 5 },
      training: { ...training, epochs: 20, weightDecays: [0] },
    });
    if (outcome.result.task !== 'depth') throw new Error('no depths');
    const { rmse, delta1, pictures } = outcome.result.depth;
    expect(pictures).toBe(8);
    // Answering 4 metres everywhere, the most frequent depth, is off by more than a metre.
    expect(rmse).toBeLessThan(0.9);
    expect(delta1).toBeGreaterThan(0.5);
    expect(describeDense(outcome)).toMatch(/^RMSE 0\.\d{3} m/);
  });

  it('refuses another experiment to go on with, and folders that are not there', async () => {
    await expect(run('classes-whole')).rejects.toThrow(/holds an earlier dense_segmentation_frozen/);
    const other = run('classes-whole', { probe: { norm: false } }, { existing: 'resume' });
    await expect(other).rejects.toThrow(/another experiment.*\n {2}probe.norm: true -> false\n/);
    const data = { benchmark: 'folder', root: join(out, 'nowhere') } as const;
    await expect(run('nothing', { data })).rejects.toThrow('nowhere');
    expect(existsSync(join(out, 'nothing'))).toBe(false);
  });
});
