import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { adamwOrder } from './adamw-order.js';
import type { CheckpointDict } from './checkpoint-value.js';
import { openPretrainingCheckpoint } from './open-pretraining-checkpoint.js';
import type { OptimizerState } from './pretraining-checkpoint.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { writePretrainingCheckpoint } from './write-pretraining-checkpoint.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const initial = fixture('pretrain-small/initial.pth.tar');

it('the optimiser numbers parameters as the reference does', async () => {
  const { encoder, predictor, close } = await openPretrainingCheckpoint(initial);
  const order = adamwOrder({ encoder, predictor });
  // 2 + 4 L, 3 + M + 4 Lp, 3 + 8 L and 4 + 8 Lp with L = Lp = 2 blocks and M = 2 mask tokens.
  expect([0, 1, 2, 3].map((group) => order.filter((parameter) => parameter.group === group).length)).toEqual([
    10, 13, 19, 20,
  ]);
  expect(order[0]).toEqual({ model: 'encoder', name: 'pos_embed', group: 0 });
  expect(order[10]).toEqual({ model: 'predictor', name: 'predictor_pos_embed', group: 1 });
  expect(order.slice(10, 23).filter(({ name }) => name.startsWith('mask_tokens.'))).toHaveLength(2);
  await close();
});

it('a checkpoint without optimiser steps comes back as it was', async () => {
  const source = await openPretrainingCheckpoint(initial);
  expect(source.optimizer).toBeUndefined();
  expect([source.epoch, source.loss, source.batchSize, source.worldSize, source.learningRate]).toEqual([
    0, 0, 2, 1, 0.0006,
  ]);
  const path = temporaryPath('copy.pth.tar');
  const { path: _, root: __, close, ...checkpoint } = source;
  await writePretrainingCheckpoint(path, checkpoint);
  const copy = await openPretrainingCheckpoint(path);
  for (const model of ['encoder', 'predictor', 'targetEncoder'] as const) {
    expect([...copy[model].keys()]).toEqual([...source[model].keys()]);
    for (const [name, tensor] of copy[model]) {
      expect(Buffer.compare(await tensor.readBytes(), await source[model].get(name)!.readBytes())).toBe(0);
    }
  }
  await copy.close();
  await close();
});

it("the optimiser's state is written as torch.optim.AdamW keeps it and read back", async () => {
  const { path: _, root, close, ...models } = await openPretrainingCheckpoint(initial);
  const moments = (names: readonly string[], sign: number) =>
    new Map(names.filter((name) => !name.includes('pos_embed')).map((name, i) => [name, filled(name, sign * i)]));
  const filled = (name: string, value: number) => {
    const { shape } = models.encoder.get(name) ?? models.predictor.get(name)!;
    const length = shape.reduce((product, side) => product * side, 1);
    return { shape: [...shape], data: new Float32Array(length).fill(value) };
  };
  const model = (names: readonly string[]) => ({ expAvg: moments(names, -1), expAvgSq: moments(names, 1) });
  const optimizer: OptimizerState = {
    step: 7,
    learningRate: 0.001,
    weightDecay: 0.01,
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    encoder: model([...models.encoder.keys()]),
    predictor: model([...models.predictor.keys()]),
  };
  const path = temporaryPath('trained.pth.tar');
  await writePretrainingCheckpoint(path, { ...models, optimizer, extra: { seed: 234 } });

  const copy = await openPretrainingCheckpoint(path);
  // The settings happen to be those the fixture's optimiser was made with.
  const groups = (tree: CheckpointDict) => (tree.get('opt') as CheckpointDict).get('param_groups') as CheckpointDict[];
  expect(groups(copy.root).map((group) => Object.fromEntries(group))).toEqual(
    groups(root).map((group) => Object.fromEntries(group)),
  );
  const { encoder, predictor, ...rest } = copy.optimizer!;
  expect(rest).toEqual({ step: 7, learningRate: 0.001, weightDecay: 0.01, betas: [0.9, 0.999], epsilon: 1e-8 });
  expect([...encoder.expAvg.keys()].sort()).toEqual([...optimizer.encoder.expAvg.keys()].sort());
  for (const [name, tensor] of predictor.expAvg) {
    expect(await tensor.read()).toEqual(filled(name, -[...optimizer.predictor.expAvg.keys()].indexOf(name)).data);
  }
  expect(copy.root.get('seed')).toBe(234);
  await copy.close();
  await close();
});

it('files that are no pretraining checkpoint say what is missing', async () => {
  const weight = { shape: [2, 2], data: new Float32Array(4) };
  const path = temporaryPath('wrong.pth.tar');
  const open = async (tree: Parameters<typeof writeTorchCheckpoint>[1]) => {
    await writeTorchCheckpoint(path, tree);
    return openPretrainingCheckpoint(path);
  };
  const models = { encoder: { w: weight }, predictor: { w: weight }, target_encoder: { w: weight } };
  const state = (index: number, entry: object) => ({
    ...models,
    opt: { state: new Map([[index, { step: 1, ...entry }]]), param_groups: [{ lr: 1 }] },
  });
  await expect(open([1])).rejects.toThrow('the top of the file is not a dict');
  await expect(open({ encoder: { w: weight } })).rejects.toThrow("has no 'predictor'");
  await expect(open({ ...models, encoder: { w: 3 } })).rejects.toThrow(
    "'encoder' / 'w' is no tensor, expected a tensor",
  );
  await expect(open({ ...models, encoder: { w: weight, 'module.w': weight } })).rejects.toThrow(
    "'module.w' and another tensor are both called 'w' without their prefixes",
  );
  await expect(open(state(2, {}))).rejects.toThrow(
    "'opt' has a state for parameter 2, but its models have 2 parameters",
  );
  await expect(open(state(1, { exp_avg: { shape: [1], data: new Float32Array(1) } }))).rejects.toThrow(
    "'opt' / 'state' / 1 (predictor, w) / 'exp_avg' is of shape [1], expected a tensor of shape [2,2]",
  );
});

it('the tree holds the keys of the reference in its order', async () => {
  const { path: _, root: __, close, ...checkpoint } = await openPretrainingCheckpoint(initial);
  const path = temporaryPath('keys.pth.tar');
  await writePretrainingCheckpoint(path, checkpoint);
  const copy = await openTorchCheckpoint(path);
  expect([...(copy.root as CheckpointDict).keys()]).toEqual(
    'encoder predictor opt scaler target_encoder epoch loss batch_size world_size lr'.split(' '),
  );
  await copy.close();
  await close();
});
