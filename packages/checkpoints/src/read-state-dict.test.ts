import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { convertCheckpoint } from './convert-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import { stripPrefixes } from './strip-prefixes.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import type { WritableValue } from './tree-pickler.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const weight = { shape: [1], data: Float32Array.of(1) };

async function written(tree: WritableValue): Promise<string> {
  const path = temporaryPath('written.pth.tar');
  await writeTorchCheckpoint(path, tree);
  return path;
}

async function namesIn(path: string, key?: string): Promise<[string | undefined, string[]]> {
  const dict = await readStateDict(path, key);
  await dict.close();
  return [dict.key, [...dict.tensors.keys()]];
}

it('prefixes go wherever they are', () => {
  expect(stripPrefixes('module.backbone.blocks.0.norm1.weight')).toBe('blocks.0.norm1.weight');
  expect(stripPrefixes('module.pooler.query_tokens')).toBe('pooler.query_tokens');
  expect(stripPrefixes('module._orig_mod.blocks.0._checkpoint_wrapped_module.attn._fsdp_wrapped_module.qkv.bias')).toBe(
    'blocks.0.attn.qkv.bias',
  );
  expect(stripPrefixes('submodule.my_backbone.weight')).toBe('submodule.my_backbone.weight');
});

it('the target encoder comes first, then the encoder, then a bare state dict', async () => {
  expect((await namesIn(fixture('pretrain-small/initial.pth.tar')))[0]).toBe('target_encoder');
  const [key, names] = await namesIn(fixture('probe-small/encoder.pth.tar'));
  expect([key, names.length, names[0]]).toEqual(['target_encoder', 29, 'pos_embed']);
  expect(await namesIn(await written({ encoder: { 'module.norm.weight': weight }, epoch: 1 }))).toEqual([
    'encoder',
    ['norm.weight'],
  ]);
  expect(await namesIn(await written({ 'norm.weight': weight }))).toEqual([undefined, ['norm.weight']]);
});

it('any key can be asked for; a missing one lists those there are', async () => {
  const path = fixture('probe-small/probe.pth.tar');
  const [, names] = await namesIn(path, 'classifier');
  expect(names.slice(0, 2)).toEqual(['pooler.query_tokens', 'pooler.cross_attention_block.norm1.weight']);
  await expect(readStateDict(path)).rejects.toThrow(
    "has no 'target_encoder', 'ema_encoder' or 'encoder'; it has 'classifier'",
  );
});

it.for([
  ['no tensors', { epoch: 1 }],
  ['one tensor', weight],
  ['a list of models', [{ 'norm.weight': weight }]],
  ['a model two keys deep', { checkpoint: { model: { 'norm.weight': weight } } }],
] as const)('a file of %s has no model, which is said', async ([, root]) => {
  const reading = readStateDict(await written(root as Parameters<typeof written>[0]), 'encoder');
  await expect(reading).rejects.toThrow(
    /has no dict of tensors, neither itself nor under one of its keys; save the tensors/,
  );
});

it("V-JEPA 2's list of probes is numbered", async () => {
  const path = await written({ classifiers: [{ 'module.linear.weight': weight }, { 'module.linear.bias': weight }] });
  expect(await namesIn(path, 'classifiers.1')).toEqual(['classifiers.1', ['linear.bias']]);
});

it('a converted file gives the same names', async () => {
  const source = fixture('pretrain-small/initial.pth.tar');
  const converted = temporaryPath('converted.safetensors');
  await convertCheckpoint(source, converted);
  for (const key of ['encoder', 'predictor', 'target_encoder']) {
    expect(await namesIn(converted, key)).toEqual(await namesIn(source, key));
  }
});

it('nothing is skipped silently: other values and doubled names are errors', async () => {
  const mixed = await written({ encoder: { weight, _extra_state: 3 } });
  await expect(readStateDict(mixed, 'encoder')).rejects.toThrow("'encoder' holds '_extra_state' beside its tensors");
  const doubled = await written({ encoder: { 'module.norm.weight': weight, 'norm.weight': weight } });
  await expect(readStateDict(doubled)).rejects.toThrow("both called 'norm.weight'");
});

it('a wrapped model is found by its key in a flat file too', async () => {
  const path = await written({
    '_orig_mod.encoder.module.blocks.0._checkpoint_wrapped_module.norm1.weight': weight,
    '_orig_mod.predictor.norm.weight': weight,
  });
  expect(await namesIn(path)).toEqual(['encoder', ['blocks.0.norm1.weight']]);
});
