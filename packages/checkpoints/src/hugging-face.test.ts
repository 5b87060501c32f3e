import { expect, it } from 'vitest';
import { fromHuggingFace, isHuggingFace, toHuggingFace } from './hugging-face.js';
import { readStateDict } from './read-state-dict.js';
import { type StoredTensor, storedTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeSafetensors } from './write-safetensors.js';

/** A tensor of consecutive numbers from `first` on. */
function numbered(shape: number[], first: number): StoredTensor {
  const count = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: count }, (_, i) => first + i);
  return storedTensor('float32', shape, async () => new Uint8Array(data.buffer.slice(0)));
}

/** A V-JEPA 2 classification model of one encoder block, one predictor block and one self-attention pooler block. */
function original(): Map<string, StoredTensor> {
  const [width, predictorWidth] = [4, 2];
  const tensors = new Map<string, StoredTensor>();
  const add = (name: string, ...shape: number[]) => tensors.set(name, numbered(shape, 1000 * tensors.size));
  const linear = (name: string, rows: number, columns: number) => {
    add(`${name}.weight`, rows, columns);
    add(`${name}.bias`, rows);
  };
  const norm = (name: string, d: number) => {
    add(`${name}.weight`, d);
    add(`${name}.bias`, d);
  };
  const mlp = (name: string, d: number) => {
    linear(`${name}.mlp.fc1`, 4 * d, d);
    linear(`${name}.mlp.fc2`, d, 4 * d);
  };
  const block = (name: string, d: number) => {
    norm(`${name}.norm1`, d);
    linear(`${name}.attn.qkv`, 3 * d, d);
    linear(`${name}.attn.proj`, d, d);
    norm(`${name}.norm2`, d);
    mlp(name, d);
  };
  add('patch_embed.proj.weight', width, 3, 2, 2, 2);
  add('patch_embed.proj.bias', width);
  block('blocks.0', width);
  norm('norm', width);
  linear('predictor_embed', predictorWidth, width);
  for (const token of [0, 1, 2]) add(`mask_tokens.${token}`, 1, 1, predictorWidth);
  block('predictor_blocks.0', predictorWidth);
  norm('predictor_norm', predictorWidth);
  linear('predictor_proj', width, predictorWidth);
  add('pooler.query_tokens', 1, 1, width);
  norm('pooler.cross_attention_block.norm1', width);
  linear('pooler.cross_attention_block.xattn.q', width, width);
  linear('pooler.cross_attention_block.xattn.kv', 2 * width, width);
  norm('pooler.cross_attention_block.norm2', width);
  mlp('pooler.cross_attention_block', width);
  block('pooler.blocks.0', width);
  linear('linear', 5, width);
  return tensors;
}

it('wrappers of training around the names of transformers are left out', () => {
  const names = toHuggingFace('a', original(), { prefixed: true });
  const wrapped = new Map([...names].map(([name, tensor]) => [`module._orig_mod.${name}`, tensor]));
  expect(isHuggingFace(wrapped.keys())).toBe(true);
  expect([...fromHuggingFace('a', wrapped).keys()].sort()).toEqual([...original().keys()].sort());
});

it('every name has its counterpart in transformers', () => {
  const names = [...toHuggingFace('a', original()).keys()];
  expect(names).toEqual(
    expect.arrayContaining([
      'encoder.embeddings.patch_embeddings.proj.weight',
      'encoder.layer.0.norm1.weight',
      'encoder.layer.0.attention.query.weight',
      'encoder.layer.0.attention.key.bias',
      'encoder.layer.0.attention.value.weight',
      'encoder.layer.0.attention.proj.bias',
      'encoder.layer.0.mlp.fc2.weight',
      'encoder.layernorm.bias',
      'predictor.embeddings.predictor_embeddings.weight',
      'predictor.embeddings.mask_tokens',
      'predictor.layer.0.attention.key.weight',
      'predictor.layernorm.weight',
      'predictor.proj.weight',
      'pooler.query_tokens',
      'pooler.cross_attention_layer.layer_norm2.weight',
      'pooler.cross_attention_layer.cross_attn.q_proj.weight',
      'pooler.cross_attention_layer.cross_attn.k_proj.bias',
      'pooler.cross_attention_layer.cross_attn.v_proj.weight',
      'pooler.cross_attention_layer.mlp.fc1.weight',
      'pooler.self_attention_layers.0.layer_norm1.bias',
      'pooler.self_attention_layers.0.self_attn.q_proj.weight',
      'pooler.self_attention_layers.0.self_attn.out_proj.weight',
      'classifier.weight',
    ]),
  );
  // Three qkv pairs become nine, one kv pair two, three mask tokens one.
  expect(names).toHaveLength(original().size + 3 * 4 + 2 - 2);
});

it('queries, keys and values are thirds of the rows; mask tokens are stacked', async () => {
  const from = original();
  const to = toHuggingFace('a', from);
  const qkv = await from.get('blocks.0.attn.qkv.weight')!.readFloat32();
  for (const [part, name] of ['query', 'key', 'value'].entries()) {
    const third = to.get(`encoder.layer.0.attention.${name}.weight`)!;
    expect(third.shape).toEqual([4, 4]);
    expect(await third.readFloat32()).toEqual(qkv.slice(16 * part, 16 * (part + 1)));
  }
  const tokens = to.get('predictor.embeddings.mask_tokens')!;
  expect(tokens.shape).toEqual([3, 1, 1, 2]);
  expect((await tokens.readFloat32()).slice(2, 4)).toEqual(await from.get('mask_tokens.1')!.readFloat32());
});

it.each([false, true])('there and back gives the same tensors (prefixed: %s)', async (prefixed) => {
  const from = original();
  const there = toHuggingFace('a', from, { prefixed });
  expect(there.has(prefixed ? 'vjepa2.encoder.layernorm.weight' : 'encoder.layernorm.weight')).toBe(true);
  expect(there.has('classifier.weight')).toBe(true);
  expect(isHuggingFace(there.keys())).toBe(true);
  const back = fromHuggingFace('a', there);
  expect(new Set(back.keys())).toEqual(new Set(from.keys()));
  for (const [name, tensor] of back) {
    expect([name, tensor.shape, await tensor.read()]).toEqual([
      name,
      from.get(name)!.shape,
      await from.get(name)!.read(),
    ]);
  }
});

it('names without a counterpart are all listed', () => {
  const tensors = original()
    .set('pos_embed', numbered([1, 8, 4], 0))
    .set('extra', numbered([1], 0));
  expect(() => toHuggingFace('a.pth', tensors)).toThrow('2 names have no counterpart in the Hugging Face V-JEPA 2');
  expect(() => toHuggingFace('a.pth', tensors)).toThrow('\n  pos_embed\n  extra\n');
  const incomplete = toHuggingFace('a', original());
  incomplete.delete('encoder.layer.0.attention.key.bias');
  expect(() => fromHuggingFace('a', incomplete)).toThrow(
    '\n  encoder.layer.0.attention.query.bias\n  encoder.layer.0.attention.value.bias\n',
  );
});

it('a Hugging Face file loads like any other', async () => {
  const path = temporaryPath('model.safetensors');
  await writeSafetensors(path, toHuggingFace('a', original(), { prefixed: true }));
  const expectKeys = async (key: string | undefined, count: number, name: string) => {
    const { tensors, close } = await readStateDict(path, key);
    expect([tensors.size, tensors.has(name)]).toEqual([count, true]);
    await close();
  };
  await expectKeys(undefined, 16, 'blocks.0.attn.qkv.weight');
  await expectKeys('predictor', 21, 'mask_tokens.2');
  await expectKeys('classifier', 27, 'pooler.cross_attention_block.xattn.kv.weight');
});
