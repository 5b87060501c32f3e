import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict, writeTorchCheckpoint } from '@vjepa/checkpoints';
import { type Engine, type FloatTensor, openEngine } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate/evaluate.js';
import type { EvaluateOptions } from '../evaluate/evaluate-options.js';
import { evaluateTrainedProbe } from '../evaluate/evaluate-trained-probe.js';
import type { TrainingOutcome } from '../evaluate/evaluation-outcome.js';
import { planEvaluation } from '../evaluate/evaluation-plan.js';
import { leftByEvaluation } from '../evaluate/left-by-evaluation.fixture.js';
import { stopAfter } from '../stop-after.fixture.js';
import { type AnticipationSettings, foretoldFrames, planAnticipation, tubeletsAhead } from './anticipation-plan.js';
import { KITCHEN_ENCODER, movingSquaresKitchen, writeKitchenModels } from './kitchen.fixture.js';
import { bestRecall, recallOf } from './recall.js';

const folder = temporaryFolder('anticipations');
const silent = Object.assign(() => {}, { writeTo: () => {} });
let engine: Engine;
let settings: AnticipationSettings;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  settings = {
    encoder: KITCHEN_ENCODER,
    checkpoint: await writeKitchenModels(join(folder, 'models.pt')),
    data: await movingSquaresKitchen(folder),
    clips: { frames: 4, clipRate: 4, augment: false },
    probe: { depth: 1, numHeads: 4 },
    training: { epochs: 2, batchSize: 9 },
    encoderBatch: 9,
    sweep: { learningRates: [1e-2, 1e-4], weightDecays: [1e-2], heldOut: 0 },
    loading: { decoder: 'wasm' },
  };
});

function run(name: string, others: Partial<AnticipationSettings> = {}, more: Partial<EvaluateOptions> = {}) {
  const plan = planAnticipation({ ...settings, ...others });
  return evaluate({ plan, folder: join(folder, name), engine, log: silent, ...more });
}

const left = (name: string) => leftByEvaluation(join(folder, name));

const losses = ({ trainings }: { trainings: TrainingOutcome[] }) =>
  trainings[0]!.probes.map(({ trainLoss }) => trainLoss);

describe('an anticipation', { timeout: 300_000 }, () => {
  it('measures the class-mean recall of verbs, nouns and actions, and keeps it in a folder', async () => {
    const lines: string[] = [];
    const log = Object.assign((line: unknown) => void lines.push(String(line)), { writeTo: () => {} });
    const { trainings, folder: where } = await run('whole', {}, { log });
    const [{ probes, chosen, trainingSamples }] = trainings as [TrainingOutcome];
    expect(trainingSamples).toBe(18);
    const { validation } = probes[chosen]!;
    // Nine of ten validation actions: the pair of the tenth is not trained.
    expect(validation).toMatchObject({ count: 9, failures: [] });
    expect(validation!.perClass.map(({ name }) => name)).toContain('lift cup');
    expect(Object.keys(validation!.tasks!)).toEqual(['verb', 'noun']);
    // Of three classes all are among five.
    expect(validation!.tasks!.verb).toMatchObject({ count: 9, meanPerClassTop5: 100 });
    expect(validation!.meanPerClassTop5).toBe(Math.max(...probes.map((probe) => probe.validation!.meanPerClassTop5)));
    const { verb, noun, action } = recallOf(validation!);
    expect([verb, noun, action]).toEqual([100, 100, validation!.meanPerClassTop5]);
    expect(bestRecall(probes)).toEqual({ verb, noun, action });
    expect(lines.join('\n')).toMatch(/3 verbs, 3 nouns and 9 actions; 1 validation actions are left out/);
    expect(lines.join('\n')).toMatch(/epoch 2\/2 .* validation action recall@5 \d/);
    const { results, rows, probe } = await left('whole');
    expect(rows.split('\n')[0]).toBe('epoch,lr,weight-decay,train-acc,val-recall');
    expect(results.trainings[0].probes[chosen]).toEqual(JSON.parse(JSON.stringify(probes[chosen])));
    expect(results.trainings[0].probes[1 - chosen].validation).not.toHaveProperty('confusion');
    expect(Object.keys(probe)).toEqual(expect.arrayContaining(['pooler.query_tokens', 'action_classifier.weight']));
    expect(JSON.parse(readFileSync(where.config, 'utf8'))).toMatchObject({
      kind: 'action_anticipation_frozen',
      settings: {
        training: { decayed: 'all', clipNorm: null, finalWeightDecay: null },
        features: 'encoder and predictor',
      },
    });
  });

  // 18 training samples an epoch, then 9 to validate on.
  it.each([9, 40])('that is stopped at sample %i goes on bit for bit as if it never had', async (count) => {
    const name = `stopped-${count}`;
    expect(await run(name, {}, stopAfter(count))).toMatchObject({ stopped: true, trainings: [] });
    expect(existsSync(join(folder, name, 'results.json'))).toBe(false);
    expect((await run(name, {}, { existing: 'resume' })).stopped).toBe(false);
    expect(await left(name)).toEqual(await left('whole'));
  });

  describe('of one epoch', () => {
    const of = async (name: string, others: Partial<AnticipationSettings> = {}, more: Partial<EvaluateOptions> = {}) =>
      losses(await run(name, { training: { epochs: 1, batchSize: 18 }, ...others }, more));
    let first: ReturnType<typeof losses>;
    beforeAll(async () => {
      first = await of('first');
    }, 300_000);

    it('sees other clips and other tokens where it is told to', async () => {
      expect(await of('start', { clips: { ...settings.clips, anchor: 'start' } })).not.toEqual(first);
      expect(await of('encoder', { features: 'encoder' })).not.toEqual(first);
      expect(await of('predictor', { features: 'predictor' })).not.toEqual(first);
    });

    it('learns from drawn clips, which its seed draws', async () => {
      const drawn = { clips: { frames: 4, clipRate: 4 } };
      const losses = await of('drawn', drawn);
      expect(losses).not.toEqual(first);
      expect(await of('drawn again', drawn)).toEqual(losses);
    });

    it('foretells what is as far ahead as it is told', async () => {
      // So long before the actions that each clip is the first frame of its video: what is foretold alone is other.
      const before = (seconds: number) => ({ ...settings.clips, validationSeconds: [seconds, seconds] as const });
      const far = (features: 'encoder' | 'predictor', seconds: number) =>
        of(`${features} ${seconds}`, { features, clips: before(seconds) });
      expect(await far('encoder', 90)).toEqual(await far('encoder', 60));
      expect(await far('predictor', 90)).not.toEqual(await far('predictor', 60));
    });

    it('is chosen by training samples that are held out', async () => {
      const sweep = { ...settings.sweep, heldOut: 0.5 };
      const { trainings } = await run('held out', { sweep, training: { epochs: 1 } });
      const [{ probes, chosen, trainingSamples, heldOutSamples }] = trainings as [TrainingOutcome];
      expect([trainingSamples, heldOutSamples]).toEqual([9, 9]);
      expect(probes[chosen]!.heldOutRecall).toBe(Math.max(...probes.map(({ heldOutRecall }) => heldOutRecall!)));
    });

    it('reads from disk what would be computed', async () => {
      expect(await of('cached', {}, { cache: join(folder, 'cache') })).toEqual(first);
    });
  });
});

describe('a trained probe for anticipation', { timeout: 120_000 }, () => {
  const trained = () => join(folder, 'whole', 'probe-latest.pth.tar');
  const ask = (probe: string, others: Partial<AnticipationSettings> = {}) => {
    const plan = planAnticipation({ ...settings, ...others });
    return evaluateTrainedProbe({ plan, probe, engine, log: silent });
  };

  it('says what it said when it was trained, from our file and from one as the published ones are', async () => {
    const { trainings } = JSON.parse(readFileSync(join(folder, 'whole', 'results.json'), 'utf8'));
    const { result, classes } = await ask(trained());
    expect(JSON.parse(JSON.stringify(result))).toEqual(trainings[0].probes[trainings[0].chosen].validation);
    expect(classes).toHaveLength(9);
    const { tensors, close } = await readStateDict(trained(), 'classifier');
    const stored = new Map<string, FloatTensor>();
    for (const [name, tensor] of tensors) {
      stored.set(`module.${name}`, { shape: [...tensor.shape], data: await tensor.readFloat32() });
    }
    await close();
    const published = join(folder, 'ek100.pt');
    await writeTorchCheckpoint(published, { classifiers: [stored], opt: [], scaler: null, epoch: 20, batch_size: 2 });
    expect((await ask(published)).result).toEqual(result);
  });

  it('is refused where it is of other classes, of another width, or of another task', async () => {
    const one = join(folder, 'one-action');
    mkdirSync(one);
    const lines = readFileSync(join(settings.data.annotations, 'EPIC_100_train.csv'), 'utf8').split('\n');
    for (const split of ['train', 'validation'])
      writeFileSync(join(one, `EPIC_100_${split}.csv`), lines.slice(0, 3).join('\n'));
    const data = { ...settings.data, annotations: one };
    await expect(ask(trained(), { data })).rejects.toThrow(
      /tells 3 verbs, 3 nouns, 9 actions apart, the training set's annotations have \d verbs, \d nouns, 2 actions/,
    );
    const classifier = fixture('probe-small/probe.pth.tar');
    await expect(ask(classifier)).rejects.toThrow(/reads features \d+ wide|classes apart, and not verbs/);
    const labelled = { train: 'list.csv', validation: trained(), classes: 15 };
    const plan = planEvaluation({ encoder: KITCHEN_ENCODER, checkpoint: settings.checkpoint, data: labelled });
    await expect(evaluateTrainedProbe({ plan, probe: trained(), engine, log: silent })).rejects.toThrow(
      'the probe foretells verbs, nouns and actions',
    );
  });
});

describe('planAnticipation', () => {
  const plan = (others: Partial<AnticipationSettings> = {}) =>
    planAnticipation({
      ...{ encoder: KITCHEN_ENCODER, checkpoint: 'models.pt', data: { annotations: 'a', videos: 'v' } },
      ...others,
    });

  it('is the published protocol unless something else is asked for', () => {
    const { training, candidates, recipes, probe, loss, heldOut } = plan({ probe: { numHeads: 4 } });
    expect(training).toMatchObject({
      epochs: 20,
      batchSize: 128,
      decayed: 'all',
      clipNorm: null,
      finalWeightDecay: null,
    });
    expect(candidates).toHaveLength(20);
    expect(candidates[0]).toEqual({ learningRate: 5e-3, weightDecay: 1e-4 });
    expect(probe).toMatchObject({ depth: 4, selfAttention: 'before' });
    expect(loss).toEqual({ alpha: 0.25, gamma: 2, samplesSummed: 2 });
    expect(recipes.training.clip).toEqual({
      framesPerClip: 32,
      clipRate: 8,
      anticipation: { seconds: [0.25, 1.75], point: [0, 0.25], anchor: 'stop' },
    });
    expect(recipes.training.transform).toMatchObject({
      flipProbability: 0.5,
      erasingProbability: 0.25,
      scale: [0.08, 1],
    });
    expect(recipes.validation.clip.anticipation).toEqual({ seconds: [1, 1], point: [0, 0], anchor: 'stop' });
    expect(recipes.validation.random).toBe(false);
    expect(heldOut).toBe(0.05);
  });

  it('keeps V-JEPA 2’s training where nothing is said of it', () => {
    const { training } = plan({
      probe: { numHeads: 4 },
      training: { finalWeightDecay: undefined, decayed: undefined },
    });
    expect(training).toMatchObject({ decayed: 'all', finalWeightDecay: null });
  });

  it('skips int(a * 8 / 2) tubelets, and counts places in clips that hold them', () => {
    const { recipes, encoder } = plan({ probe: { numHeads: 4 } });
    const ahead = Array.from({ length: 300 }, (_, draw) =>
      tubeletsAhead(recipes.training.clip, encoder.tubeletSize, 0, { index: 0, epoch: 0, draw }),
    );
    // 0.25 s skip one tubelet, just below 1.75 s six.
    expect([Math.min(...ahead), Math.max(...ahead)]).toEqual([1, 6]);
    expect(tubeletsAhead(recipes.validation.clip, encoder.tubeletSize, 0, { index: 0, epoch: 0, draw: 0 })).toBe(4);
    expect(foretoldFrames({ encoder, recipes })).toBe(32 + 8 * 2);
  });

  it.each([
    [{ encoder: encoderConfig('vit_tiny') }, '`encoder`: expected one of V-JEPA 2 or 2.1'],
    [{ features: 'both' }, '`features`: expected'],
    [{ clips: { anchor: 'end' } }, '`clips.anchor`: expected'],
    [{ clips: { clipRate: 0 } }, '`clips.clipRate`: expected a number of frames above 0'],
    [{ clips: { frames: 0 } }, '`clips.frames`: expected'],
    [{ clips: { validationSeconds: 1 } }, '`clips.validationSeconds`: expected two numbers of seconds'],
    [{ clips: { trainingSeconds: [2, 1] } }, '`clips.trainingSeconds`: expected two numbers of seconds'],
    [{ clips: { validationPoint: [0, 2] } }, '`clips.validationPoint`: expected two shares from 0 to 1'],
    [{ probe: { numHeads: 5 } }, '`probe` cannot be built'],
  ])('refuses %j', (wrong, message) => {
    expect(() => plan(wrong as Partial<AnticipationSettings>)).toThrow(message);
  });
});
