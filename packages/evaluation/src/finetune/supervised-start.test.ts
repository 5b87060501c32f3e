import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStateDict } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog, planPretraining } from '@vjepa/training';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from '../dark-and-bright.fixture.js';
import { evaluate } from '../evaluate/evaluate.js';
import { planEvaluation } from '../evaluate/evaluation-plan.js';
import { fineTune } from './fine-tune.js';
import { planFineTuning } from './fine-tuning-plan.js';

const folder = temporaryFolder('supervised-start');
const encoder = encoderConfig('vit_tiny', {
  imageSize: 32,
  patchSize: 8,
  numFrames: 4,
  embedDim: 24,
  depth: 1,
  numHeads: 2,
});
const lines: string[] = [];
const log = createRunLog({ print: (line) => lines.push(line) });
let engine: Engine;
let list: string;
let otherLabels: string;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  list = await darkAndBright(folder, 'videos', 8);
  // The same videos, told apart by something else.
  otherLabels = join(folder, 'other.csv');
  const paths = readFileSync(list, 'utf8').trim().split('\n');
  writeFileSync(otherLabels, paths.map((line, i) => `${line.split(' ')[0]} ${Math.floor(i / 2) % 3}\n`).join(''));
}, 60_000);

const tuned = () =>
  planFineTuning({
    ...{ encoder, checkpoint: null, seed: 5, data: { train: list, validation: list, classes: 2 } },
    clips: { frameStep: 2 },
    augmentation: { randAugment: false, erasingProbability: 0, scale: [0.6, 1] },
    training: { epochs: 6, batchSize: 4, warmupEpochs: 1, learningRate: 2e-3, layerDecay: 1, mixProbability: 0 },
    loading: { decoder: 'wasm' },
  });

describe('a supervised start', { timeout: 120_000 }, () => {
  it('trains an encoder from random weights with labels, and its frozen features are evaluated with other labels', async () => {
    const supervised = await fineTune({ plan: tuned(), engine, log, folder: join(folder, 'supervised') });
    expect(supervised).toMatchObject({ stopped: false, validation: { top1: 100, count: 8 } });
    expect(lines).toContain("note: the encoder's parameters are random, drawn from seed 5: no checkpoint is named");
    const checkpoint = join(folder, 'supervised', 'jepa-latest.pth.tar');
    const { tensors, close } = await readStateDict(checkpoint);
    const name = 'blocks.0.mlp.fc1.weight';
    const drawn = initializeEncoder(encoder, mersenneTwister(5));
    expect(await tensors.get(name)!.readFloat32()).not.toEqual(drawn[name]!.data);
    await close();

    const frozen = (from: string | null) =>
      evaluate({
        plan: planEvaluation({
          ...{ encoder, checkpoint: from, data: { train: otherLabels, validation: otherLabels, classes: 3 } },
          clips: { frameStep: 2, augment: false },
          training: { epochs: 2, batchSize: 4, learningRate: 1e-3 },
          loading: { decoder: 'wasm' },
        }),
        ...{ engine, log, folder: join(folder, from === null ? 'random' : 'frozen') },
      });
    for (const from of [checkpoint, null]) {
      const outcome = await frozen(from);
      expect(outcome).toMatchObject({ stopped: false, trainings: [{ probes: [{ validation: { count: 8 } }] }] });
    }
  });

  it('begins with the parameters that a pretraining of the same seed begins with', () => {
    const { imageSize, patchSize, numFrames, embedDim, depth, numHeads } = encoder;
    const plan = planPretraining({
      ...{ videos: folder, model: 'vit_tiny', epochs: 1, seed: 5 },
      encoder: { imageSize, patchSize, numFrames, embedDim, depth, numHeads },
    });
    expect(plan.initialState().encoder).toEqual(initializeEncoder(encoder, mersenneTwister(tuned().seed)));
  });
});
