import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog, planPretraining, pretrain } from '@vjepa/training';
import { type EncoderConfig, encoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../dark-and-bright.fixture.js';
import { fineTune } from '../finetune/fine-tune.js';
import { planFineTuning } from '../finetune/fine-tuning-plan.js';
import { encoderParameters } from './data-and-model.js';
import { evaluate } from './evaluate.js';
import { type EvaluationSettings, planEvaluation } from './evaluation-plan.js';

const folder = temporaryFolder('compared-evaluations');
const log = createRunLog({ print: () => {} });
let engine: Engine;
let list: string;
/** Of a run of four steps. */
let pretrained: { encoder: EncoderConfig; checkpoint: string };

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  list = await darkAndBright(folder, 'videos', 20);
  const size = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 1, numHeads: 2 };
  const plan = planPretraining({
    ...{ videos: list, model: 'vit_tiny', epochs: 1, stepsPerEpoch: 4, batchSize: 2 },
    encoder: size,
    predictor: { embedDim: 12, depth: 1 },
    clips: { frameStep: 2, workers: 1 },
  });
  const { checkpoint } = await pretrain({ plan, folder: join(folder, 'run'), engine, print: () => {} });
  pretrained = { encoder: encoderConfig('vit_tiny', size), checkpoint };
}, 60_000);

const planned = (settings: Partial<EvaluationSettings> = {}) =>
  planEvaluation({
    ...{ ...pretrained, data: { train: list, validation: list, classes: 2 } },
    clips: { frameStep: 2, augment: false },
    training: { epochs: 1, batchSize: 4, learningRate: 1e-3 },
    loading: { decoder: 'wasm' },
    ...settings,
  });

describe('what the paper compares of one pretraining', { timeout: 120_000 }, () => {
  it.each(['attentive', 'average'] as const)(
    'is measured by %s pooling on 5, 10, 50 and 100 % of the labels',
    async (pooling) => {
      const fractions = [0.05, 0.1, 0.5, 1];
      const plan = planned({ probe: { pooling }, lowShot: { fractions, seeds: [0] } });
      const outcome = await evaluate({
        ...{ plan, engine, log, cache: join(folder, 'features') },
        folder: join(folder, pooling),
      });
      if (outcome.stopped) throw new Error('nobody stopped it');
      // Of ten videos of each class, one at least.
      expect(
        outcome.trainings.map(({ lowShot, trainingSamples, probes }) => [
          lowShot?.fraction,
          trainingSamples,
          probes[0]!.validation!.count,
        ]),
      ).toEqual(fractions.map((fraction) => [fraction, Math.max(2, 20 * fraction), 20]));
    },
  );

  it('is of the target encoder, or of the encoder that is trained, by its key', async () => {
    const parameters = (checkpointKey?: string) => encoderParameters(planned({ checkpointKey }), () => {});
    const [usual, target, context] = [
      await parameters(),
      await parameters('target_encoder'),
      await parameters('encoder'),
    ];
    expect(target).toEqual(usual);
    expect(context).not.toEqual(target);
  });

  it('is frozen, or fine-tuned from either encoder', async () => {
    const plan = planFineTuning({
      ...{ ...pretrained, checkpointKey: 'encoder', data: { train: list, validation: list, classes: 2 } },
      clips: { frameStep: 2 },
      augmentation: { randAugment: false },
      training: { epochs: 1, batchSize: 4, repeatedSampling: 1 },
      loading: { decoder: 'wasm' },
    });
    expect(plan.checkpointKey).toBe('encoder');
    const outcome = await fineTune({ plan, engine, log, folder: join(folder, 'tuned') });
    expect(outcome).toMatchObject({ stopped: false, validation: { count: 20 } });
  });
});
