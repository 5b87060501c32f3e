import '@vjepa/test-kit/all-close';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Engine, openEngine, toTensors } from '@vjepa/engine';
import { clipFeatures, probeLogits } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo, evaluationTransform, openVideo, sampleClipIndices } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ParameterValues } from '../checkpoint/reference-parameters.js';
import { evaluateTrainedProbe } from '../evaluate/evaluate-trained-probe.js';
import { planEvaluation } from '../evaluate/evaluation-plan.js';
import type { Prediction } from '../evaluate/measure-accuracy.js';
import { loadClassifier } from './classifier.js';
import { type Classification, type ClassifyOptions, classify } from './classify.js';
import { type LikelyClass, likeliestClasses } from './likeliest-classes.js';
import { CLASSIFIER, ENCODER, parametersOf } from './recorded-classifier.fixture.js';

const folder = temporaryFolder('classified');
const video = { path: fixture('videos/nasa_13013.mp4'), name: 'nasa', label: -1 };
let engine: Engine;
let parameters: ParameterValues;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  parameters = await parametersOf('encoder');
});

const NAMES = ['class 0', 'class 1', 'class 2', 'class 3', 'class 4', 'class 5'];
const lines: string[] = [];

function classified(options: Partial<ClassifyOptions> = {}): Promise<Classification> {
  return classify({
    ...{ engine, encoder: ENCODER, parameters, probe: CLASSIFIER, files: [video], numHeads: 4, decoder: 'wasm' },
    log: (line) => void lines.push(line),
    ...options,
  });
}

describe('classify', () => {
  it('says what is in a video, with the names that the classifier has', async () => {
    const { answers, classes, leftOut, unreached } = await classified();
    expect({ classes, leftOut, unreached }).toEqual({
      classes: NAMES,
      leftOut: [],
      unreached: 0,
    });
    expect(answers.map(({ file }) => file.name)).toEqual(['nasa']);
    expect(answers[0]!.probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    expect(lines).toContain('probe      6 classes; 1 clip of 8 frames, 4 a second, 1 view of each');
  });

  // The models themselves are held against recordings by the kind hf-vjepa2 of @vjepa/parity.
  it.each([
    ['hugging-face', true],
    ['trained', false],
  ] as const)('as %s it is the probe on the features of the middle clip', async (as, antialias) => {
    const opened = await openVideo(video.path, { decoder: 'wasm' });
    const settings = { framesPerClip: 8, frameStep: 4, placement: 'center' } as const;
    // A clip in the centre draws nothing.
    const [frames] = sampleClipIndices(settings, opened.info, mersenneTwister(0));
    const pixels = new Uint8Array(8 * 32 * 32 * 3);
    evaluationTransform(await opened.decode(frames!), { size: 32, antialias }, pixels);
    await opened.close();
    const { encoder, probe, parameters: own } = await loadClassifier(CLASSIFIER, ENCODER, { as, numHeads: 4 });
    const clip = toTensors({ clip: { shape: [1, 8, 32, 32, 3], data: pixels } }).clip!;
    const tokens = clipFeatures(encoder, toTensors(parameters), clip);
    const expected = tf.softmax(probeLogits(probe, [toTensors(own)], tokens)[0]!).dataSync();
    const { answers } = await classified({ as, clips: { frameStep: 4 } });
    expect([...answers[0]!.probabilities]).toBeAllClose([...expected], { atol: 1e-6 });
  });

  it('is as transformers has it one clip and one view, whatever the task', async () => {
    lines.length = 0;
    await classified({ as: 'hugging-face' });
    expect(lines).toContain('probe      6 classes; 1 clip of 8 frames, 4 a second, 1 view of each');
  });

  it.each([
    ['as the probe was trained', { numHeads: 4 }],
    ['through several layers', { numHeads: 4, layers: [1, 3] }],
    ['as transformers does', { as: 'hugging-face' }],
  ] as const)('says of labelled videos, %s, what an evaluation by the same probe says', async (_, options) => {
    const list = join(folder, 'labelled.csv');
    writeFileSync(list, `${video.path} 2\n`);
    const clips = { segments: 2, views: 3, frames: 4 };
    const plan = planEvaluation({
      ...{ encoder: ENCODER, checkpoint: CLASSIFIER, checkpointKey: 'encoder', clips },
      data: { train: list, validation: list, classes: 6 },
      probe: { layers: 'layers' in options ? options.layers : undefined },
      loading: { decoder: 'wasm' },
    });
    const told: Prediction[] = [];
    const { result, classes } = await evaluateTrainedProbe({
      ...{ plan, engine, probe: CLASSIFIER, ...options },
      log: Object.assign(() => {}, { writeTo: () => {} }),
      onPrediction: (prediction) => void told.push(prediction),
    });
    const { answers } = await classified({ clips, ...options });
    expect(told[0]!.probabilities).toEqual(answers[0]!.probabilities);
    expect(result.count).toBe(1);
    expect(classes).toEqual(NAMES);
  });

  it('looks as often as it is told, and averages over its looks', async () => {
    const [{ answers: one }, { answers: three }] = [
      await classified({ clips: { views: 1 } }),
      await classified({ clips: { views: 3, segments: 2, frames: 4, frameStep: 2 } }),
    ];
    expect([...three[0]!.probabilities]).not.toBeAllClose([...one[0]!.probabilities], { atol: 1e-4 });
    expect(three[0]!.probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    expect(lines).toContain('probe      6 classes; 2 clips of 4 frames, 2 apart, 3 views of each');
  });

  it('leaves out what cannot be read, and says why', async () => {
    const broken = { path: join(folder, 'broken.mp4'), name: 'broken', label: -1 };
    writeFileSync(broken.path, 'this is not a video\n'.repeat(100));
    const { answers, leftOut, unreached } = await classified({ files: [broken, video, { ...video, name: 'again' }] });
    expect(answers.map(({ file }) => file.name)).toEqual(['nasa', 'again']);
    expect(answers[1]!.probabilities).toEqual(answers[0]!.probabilities);
    expect(leftOut).toEqual([{ file: 'broken', reason: expect.stringContaining('broken.mp4') }]);
    expect(unreached).toBe(0);
    await expect(classified({ files: [broken] })).rejects.toThrow('broken.mp4');
  });

  it('gives pictures the same class as a still video of them', async () => {
    const picture = { path: join(folder, 'grey.bmp'), name: 'grey', label: -1 };
    writeFileSync(picture.path, bitmap(36, 36));
    const { answers } = await classified({ files: [picture], kind: 'image' });
    const still = { path: join(folder, 'grey.mp4'), name: 'grey', label: -1 };
    const data = new Uint8Array(20 * 36 * 36 * 3).fill(128);
    await encodeVideo({ frames: { data, frames: 20, height: 36, width: 36 }, rate: 10, output: still.path });
    const { answers: moving } = await classified({ files: [still] });
    expect([...answers[0]!.probabilities]).toBeAllClose([...moving[0]!.probabilities], { atol: 1e-2 });
  });

  it('writes the answers of all files', async () => {
    const output = join(folder, 'answers.jsonl');
    const { answers } = await classified({ output, files: [video, { ...video, label: 1 }] });
    const lines = readFileSync(output, 'utf8').trimEnd().split('\n');
    const [first, second] = lines.map((line) => JSON.parse(line));
    const [{ name: prediction_name, label: prediction }] = likeliestClasses(answers[0]!.probabilities, NAMES, 1) as [
      LikelyClass,
    ];
    const probabilities = [...answers[0]!.probabilities];
    expect(first).toEqual({ path: 'nasa', prediction, prediction_name, probabilities });
    expect(second).toEqual({ ...first, label: 1, label_name: 'class 1' });
  });

  it('refuses names of another task, no files and no views', async () => {
    const reason = (options: Partial<ClassifyOptions>) => classified(options).then(String, (error) => error.message);
    expect(await reason({ classNames: ['a', 'b'] })).toBe(
      `${CLASSIFIER}: the probe tells 6 classes apart, and \`classNames\` has 2 names; give the names of the task that ` +
        'the probe was trained on',
    );
    expect(await reason({ files: [] })).toBe('`files`: there are none');
    expect(await reason({ clips: { views: 0 } })).toContain('clips.views');
  });

  it.each([
    ['files', undefined],
    ['kind', 'audio'],
    ['probe', undefined],
    ['layers', '1,2'],
    ['encoder', 'vit_large'],
    ['engine', undefined],
  ])('refuses `%s` of another kind, by its name', async (name, value) => {
    await expect(classified({ log: () => {}, [name]: value })).rejects.toThrow(new RegExp(`^\`${name}\``));
  });
});

/** A grey picture of 24 bits a pixel. */
function bitmap(width: number, height: number): Uint8Array {
  const row = Math.ceil((width * 3) / 4) * 4;
  const file = new Uint8Array(54 + row * height).fill(128, 54);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  return file;
}
