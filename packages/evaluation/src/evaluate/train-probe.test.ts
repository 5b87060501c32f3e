import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { type Engine, openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import type { BeginTask } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import type { VideoFeatures } from '../features/extract-features.js';
import { classFeatures } from './small-features.fixture.js';
import { type TrainProbeOptions, trainProbe } from './train-probe.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

const train = classFeatures(30);
const test = classFeatures(15, { seed: 5 });
const QUICK = { epochs: 12, batchSize: 10, learningRates: [1e-2] };

/** Features of which some videos could not be read. */
function unreadable(features: VideoFeatures, indices: number[]): VideoFeatures {
  return {
    ...features,
    features: features.features.map((values, i) => (indices.includes(i) ? undefined : values)),
    failures: indices.map((index) => ({ ...features.videos[index]!, index, reason: 'cut off', passing: false })),
  };
}

describe('trainProbe', () => {
  it.each([
    [{ batchSize: 0 }, '`batchSize`: expected a whole number of at least 1, found 0'],
    [{ batchSize: null }, '`batchSize`: expected a whole number of at least 1, found null'],
    [{ epochs: '2' }, '`epochs`: expected a whole number of at least 1, found "2"'],
    [{ learningRates: 1e-3 }, '`learningRates`: expected a list of numbers, such as [1e-3], found 0.001'],
    [{ learningRates: [] }, '`learningRates`: expected a list of numbers, such as [1e-3], found []'],
    [{ learningRates: ['1'] }, '`learningRates[0]`: expected a number of at least 0, found "1"'],
    [{ pooling: 'max' }, "`pooling`: expected 'attentive' or 'average', found \"max\""],
    [{ features: undefined }, '`features`: expected what extractFeatures gives, found undefined'],
    [{ validation: Promise.resolve() }, '`validation`: expected what extractFeatures gives, found "Promise {…}"'],
    [{ engine: Promise.resolve() }, '`engine`: expected an open one: await openEngine(), found "Promise {…}"'],
  ])('refuses %j', async (wrong, message) => {
    const options = { ...QUICK, engine, features: train, ...wrong } as TrainProbeOptions;
    await expect(trainProbe(options)).rejects.toThrow(message);
  });

  it('names the video without a label', async () => {
    const bare = { ...train, videos: train.videos.map(({ path }) => ({ path })) } as unknown as VideoFeatures;
    await expect(trainProbe({ ...QUICK, engine, features: bare })).rejects.toThrow(
      /mp4: has no label; give each video its class, from 0 on/,
    );
  });
});

describe('a trained probe', () => {
  it('reads classes that lie apart, and says which it takes for what', async () => {
    const probe = await trainProbe({ ...QUICK, engine, features: train });
    expect(probe.probe).toMatchObject({ kind: 'attentive', depth: 1, numHeads: 3, numClasses: 3 });
    expect(await probe.accuracy(test)).toBe(100);
    const result = await probe.evaluate(test);
    expect(result).toMatchObject({ count: 15, top1: 100, failures: [] });
    const probabilities = await probe.probabilities(test);
    expect(probabilities.map((row) => row!.indexOf(Math.max(...row!)))).toEqual(test.videos.map(({ label }) => label));
    for (const row of probabilities) expect(row!.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it('is the same bit for bit by its seed, and another with another', async () => {
    const [one, again, other] = [
      await trainProbe({ ...QUICK, engine, features: train, epochs: 2 }),
      await trainProbe({ ...QUICK, engine, features: train, epochs: 2, seed: 0 }),
      await trainProbe({ ...QUICK, engine, features: train, epochs: 2, seed: 1 }),
    ];
    expect(again.parameters).toEqual(one.parameters);
    await expect(one.save(undefined as never)).rejects.toThrow('`base`: expected the beginning of the names');
    expect(other.parameters).not.toEqual(one.parameters);
  });

  it('counts a video that cannot be read as wrong, and learns from the others', async () => {
    const probe = await trainProbe({ ...QUICK, engine, features: unreadable(train, [0, 7]) });
    expect(await probe.accuracy(unreadable(test, [1, 2, 3]))).toBe(80);
    const result = await probe.evaluate(unreadable(test, [1]));
    expect(result.failures).toMatchObject([{ path: '1.mp4', reason: 'cut off' }]);
    expect((await probe.probabilities(unreadable(test, [1])))[1]).toBeUndefined();
  });

  it('is the best of several, by the loss of the training or by the accuracy on other features', async () => {
    const rates = { ...QUICK, epochs: 6, learningRates: [1e-6, 1e-2, 1e38] };
    expect(await trainProbe({ ...rates, engine, features: train })).toMatchObject({ learningRate: 1e-2 });
    expect(await trainProbe({ ...rates, engine, features: train, validation: test })).toMatchObject({
      learningRate: 1e-2,
      weightDecay: 0.01,
    });
    const diverged = trainProbe({ ...QUICK, learningRates: [1e38], engine, features: train });
    await expect(diverged).rejects.toThrow(/the probe of learning rate 1e\+38 .* has diverged.*lower learning rates/);
  });

  it('is the best of several on videos that are held out, which none is trained on', async () => {
    const totals = new Set<number>();
    const begin: BeginTask = ({ total }) => {
      totals.add(total);
      return { advance() {}, print() {}, close() {} };
    };
    const rates = { ...QUICK, epochs: 6, learningRates: [1e-6, 1e-2], heldOut: 0.2 };
    expect(await trainProbe({ ...rates, engine, features: train, begin })).toMatchObject({ learningRate: 1e-2 });
    expect([...totals]).toEqual([24]);
    const most = trainProbe({ ...rates, heldOut: 1, engine, features: train });
    await expect(most).rejects.toThrow('`heldOut`: expected a share from 0 to 0.5, found 1');
  });

  it('can be the average of the tokens and a linear layer', async () => {
    const probe = await trainProbe({ ...QUICK, engine, features: train, pooling: 'average', epochs: 30 });
    expect(probe.probe.kind).toBe('average');
    expect(await probe.accuracy(test)).toBe(100);
  });

  it('is saved as the reference has it', async () => {
    const probe = await trainProbe({ ...QUICK, engine, features: train, epochs: 1 });
    const base = join(temporaryFolder('probe'), 'own');
    await probe.save(base);
    const { 'linear.weight': weight } = await readSafetensors(`${base}.safetensors`);
    expect(weight).toEqual(probe.parameters['linear.weight']);
  });

  it('has the defaults of the paper for what is undefined', async () => {
    const losses: number[] = [];
    const undefinedOptions = { epochs: undefined, batchSize: undefined, learningRates: undefined, pooling: undefined };
    const probe = await trainProbe({
      ...{ engine, features: train, ...undefinedOptions },
      onEpoch: ({ loss }) => void losses.push(loss[0]!),
    });
    expect(losses).toHaveLength(20);
    expect(probe).toMatchObject({ learningRate: 1e-3, weightDecay: 0.01 });
  });

  it('needs videos, and labels that are classes', async () => {
    const none = unreadable(train, [...train.videos.keys()]);
    await expect(trainProbe({ engine, features: none })).rejects.toThrow(
      /none of 30 videos can be used for training:\n {2}0\.mp4: cut off/,
    );
    await expect(trainProbe({ engine, features: train, classes: 2 })).rejects.toThrow(
      /2\.mp4: label 2 is outside the 2 classes \(0\.\.1\)/,
    );
  });
});
