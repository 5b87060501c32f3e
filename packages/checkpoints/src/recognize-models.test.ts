import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { convertCheckpoint } from './convert-checkpoint.js';
import { describeInspection, inspectCheckpoint } from './inspect-checkpoint.js';
import { limitsOf, usesOf } from './model-uses.js';
import { readStateDict } from './read-state-dict.js';
import { describeModels, recognizeModels } from './recognize-models.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const linesOf = async (path: string) =>
  describeInspection(await inspectCheckpoint(path))
    .split('\n')
    .slice(1);

/** Tensors of no content; only names and shapes matter. */
const tensors = (shapes: Record<string, number[]>) =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((count, length) => count * length, 1));
      return [name, { shape, data }];
    }),
  );

const BLOCK = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'];

const affine = (name: string, weight: number[] = [1], bias: number[] = [1]): [string, number[]][] => [
  [`${name}.weight`, weight],
  [`${name}.bias`, bias],
];

const blockShapes = (prefix: string, depth: number) =>
  Array.from({ length: depth }, (_, i) => BLOCK.flatMap((leaf) => affine(`${prefix}.${i}.${leaf}`))).flat();

function encoderShapes(depth: number, more: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries([
    ...affine('patch_embed.proj', [1024, 1, 1, 1, 16]),
    ...Object.entries(more),
    ...blockShapes('blocks', depth),
  ]);
}

function predictorShapes(depth: number, maskTokens: number): Record<string, number[]> {
  return Object.fromEntries([
    ...affine('predictor_embed', [384, 1024]),
    ...Array.from({ length: maskTokens }, (_, i): [string, number[]] => [`mask_tokens.${i}`, [1, 1, 384]]),
    ['predictor_pos_embed', [1, 2048, 384]],
    ...blockShapes('predictor_blocks', depth),
    ...affine('predictor_norm'),
    ...affine('predictor_proj', [1024, 384]),
  ]);
}

/** A probe of V-JEPA 2: three blocks before the cross-attention, which has no output projection. */
function probeShapes(linears: Record<string, number>): Record<string, number[]> {
  const cross = ['norm1', 'xattn.q', 'xattn.kv', 'norm2', 'mlp.fc1', 'mlp.fc2'];
  return Object.fromEntries([
    ['pooler.query_tokens', [1, Object.keys(linears).length, 1024]],
    ...cross.flatMap((leaf) => affine(`pooler.cross_attention_block.${leaf}`)),
    ...blockShapes('pooler.blocks', 3),
    ...Object.entries(linears).flatMap(([name, classes]) => affine(name, [classes, 1024])),
  ]);
}

const recognize = (models: Record<string, Record<string, number[]>>) =>
  recognizeModels(
    Object.entries(models).map(([key, shapes]) => [
      key,
      new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }])),
    ]),
  );

const lineOf = (models: Parameters<typeof recognize>[0]) => describeModels(recognize(models));

describe('what a file holds, in words', () => {
  it('V-JEPA 2.1, distilled, as its original has it', async () => {
    const { models } = await inspectCheckpoint(fixture('vjepa21-checkpoint/checkpoint.pt'));
    expect(models.map(({ key, kind, version }) => [key, kind, version])).toEqual([
      ['encoder', 'encoder', 'V-JEPA 2.1'],
      ['predictor', 'predictor', 'V-JEPA 2.1'],
      ['ema_encoder', 'encoder', 'V-JEPA 2.1'],
    ]);
    expect(models.flatMap(({ unknown, missing, unread }) => [...unknown, ...missing, ...unread])).toEqual([]);
    expect((await linesOf(fixture('vjepa21-checkpoint/checkpoint.pt')))[0]).toBe(
      '  V-JEPA 2.1 encoder of 12 blocks, 16 wide, /16, distilled, predictor of 4 blocks',
    );
  });

  it('a named size by its name', async () => {
    const path = temporaryPath('large.pt');
    const shapes = encoderShapes(24, { 'norm.weight': [1024], 'norm.bias': [1024] });
    await writeTorchCheckpoint(path, { target_encoder: tensors(shapes) });
    expect((await linesOf(path))[0]).toBe('  V-JEPA 2 ViT-L/16');
  });

  it('position tables that V-JEPA 2 carries unread leave the version open', async () => {
    const { models } = await inspectCheckpoint(fixture('vjepa2-checkpoint/checkpoint.pt'));
    expect(models.map(({ kind, version }) => [kind, version])).toEqual([
      ['encoder', undefined],
      ['predictor', undefined],
      ['encoder', undefined],
    ]);
    expect((await linesOf(fixture('vjepa2-checkpoint/checkpoint.pt')))[0]).toMatch(/V-JEPA or V-JEPA 2/);
  });

  it('names of no such model, and names that it lacks', async () => {
    const path = temporaryPath('odd.pt');
    const { 'blocks.0.norm1.bias': _, ...shapes } = encoderShapes(1, { 'norm.weight': [1], 'norm.bias': [1] });
    await writeTorchCheckpoint(path, { encoder: tensors({ ...shapes, 'blocks.0.gamma': [1] }) });
    const [, unknown, missing] = await linesOf(path);
    expect(unknown).toBe('  encoder has names of no such model: blocks.0.gamma');
    expect(missing).toBe('  encoder lacks: blocks.0.norm1.bias');
  });

  it('published sizes of tables, and mask tokens, tell V-JEPA from V-JEPA 2', () => {
    const norm = { 'norm.weight': [1024], 'norm.bias': [1024] };
    const told = (tokens: number, maskTokens: number) =>
      lineOf({
        target_encoder: encoderShapes(24, { ...norm, pos_embed: [1, tokens, 1024] }),
        predictor: predictorShapes(12, maskTokens),
      });
    expect(told(1568, 2)).toBe('V-JEPA ViT-L/16, predictor of 12 blocks');
    expect(told(4608, 2)).toBe('V-JEPA ViT-L/16, predictor of 12 blocks');
    expect(told(8192, 2)).toBe('V-JEPA 2 ViT-L/16, predictor of 12 blocks');
    expect(told(2048, 10)).toBe('V-JEPA 2 ViT-L/16, predictor of 12 blocks');
    expect(told(2048, 2)).toMatch(/^V-JEPA or V-JEPA 2, which the tensors do not tell: ViT-L\/16/);
    const models = recognize({
      target_encoder: encoderShapes(24, { ...norm, pos_embed: [1, 2048, 1024] }),
      predictor: predictorShapes(12, 10),
    });
    expect(models.map(({ version, unread }) => [version, unread])).toEqual([
      ['V-JEPA 2', ['pos_embed']],
      ['V-JEPA 2', ['predictor_pos_embed']],
    ]);
  });

  it('the predictor that is told actions', () => {
    const linears = ['action_encoder', 'state_encoder', 'extrinsics_encoder'];
    const { predictor_pos_embed: _, ...plain } = predictorShapes(24, 0);
    const predictor = { ...plain, ...Object.fromEntries(linears.flatMap((name) => affine(name, [1024, 7], [1024]))) };
    const encoder = encoderShapes(24, { 'norm.weight': [1024], 'norm.bias': [1024] });
    expect(lineOf({ encoder, predictor })).toBe('V-JEPA 2 ViT-L/16, action-conditioned predictor of 24 blocks');
    const models = recognize({ encoder, predictor });
    expect(models.flatMap(({ unknown, missing }) => [...unknown, ...missing])).toEqual([]);
    expect(usesOf(models)).toEqual(['features', 'evaluation']);
    expect(limitsOf(models)).toEqual([
      expect.stringMatching(/action-conditioned predictor is recognised and not computed/),
    ]);
  });

  it('probes by their classes, as many as there are', () => {
    const one = probeShapes({ linear: 174 });
    expect(lineOf({ 'classifiers.0': one })).toBe(
      'V-JEPA 2 attentive probe of depth 4 for 174 classes (as many as Something-Something v2 has), 1024 wide, ' +
        'of 16 heads where it is as published',
    );
    expect(lineOf({ 'classifiers.0': one, 'classifiers.1': one })).toMatch(/as published, 2 of these$/);
    expect(lineOf({ classifier: probeShapes({ linear: 48 }) })).toContain('48 classes (as many as Diving48 has)');
    expect(lineOf({ classifier: probeShapes({ linear: 7 }) })).toContain('for 7 classes, 1024 wide');
    const anticipation = probeShapes({ verb_classifier: 97, noun_classifier: 289, action_classifier: 3568 });
    const models = recognize({ 'classifiers.0': anticipation });
    expect(describeModels(models)).toBe(
      'V-JEPA 2 anticipation probe of depth 4 for 97 verbs, 289 nouns, 3568 actions, 1024 wide, of 16 heads where it is ' +
        'as published',
    );
    expect(models.flatMap(({ unknown, missing }) => [...unknown, ...missing])).toEqual([]);
    expect([usesOf(models), usesOf(recognize({ classifier: one }))]).toEqual([['anticipation'], ['classification']]);
  });

  it('and what it is for, which of a damaged model is nothing', async () => {
    const uses = async (path: string) => (await inspectCheckpoint(fixture(path))).uses;
    const whole = ['features', 'prediction', 'evaluation'];
    expect(await uses('vjepa21-checkpoint/checkpoint.pt')).toEqual(whole);
    // It may be V-JEPA, which has no place in Hugging Face's form.
    expect(await uses('vjepa2-checkpoint/checkpoint.pt')).toEqual(whole);
    expect(await uses('hf-vjepa2/model')).toEqual([...whole, 'hugging-face']);
    expect(await uses('hf-vjepa2/classifier')).toEqual([
      ...['features', 'prediction', 'classification', 'evaluation', 'hugging-face'],
    ]);
    expect(await uses('probe-small/encoder.pth.tar')).toEqual(['features', 'evaluation']);
    expect(await uses('probe-small/probe.pth.tar')).toEqual(['classification']);
    const { 'blocks.0.norm1.bias': _, ...damaged } = encoderShapes(1, { 'norm.weight': [1], 'norm.bias': [1] });
    expect(usesOf(recognize({ encoder: damaged }))).toEqual([]);
  });

  it('a Hugging Face folder, with what its config says', async () => {
    const lines = await linesOf(fixture('hf-vjepa2/classifier'));
    expect(lines.slice(0, 3)).toEqual([
      '  V-JEPA 2 encoder of 3 blocks, 24 wide, /8, predictor of 2 blocks, attentive probe of depth 4 for 6 classes, ' +
        '24 wide, of 16 heads where it is as published',
      "  config.json: 8 frames of 32 x 32, 2 heads, the predictor's 2, 6 labels (class 0, class 1, class 2, …)",
      '  for features, predictions of what is masked or to come, classification, training of probes, conversion to ' +
        "Hugging Face's form",
    ]);
  });

  it('names of classes are none of a model without a probe', async () => {
    expect((await linesOf(fixture('hf-vjepa2/model')))[1]).toBe(
      "  config.json: 8 frames of 32 x 32, 2 heads, the predictor's 2",
    );
  });

  it('a probe of V-JEPA', async () => {
    expect((await linesOf(fixture('probe-small/probe.pth.tar')))[0]).toMatch(
      /^ {2}V-JEPA attentive probe of depth 1 for \d+ classes, 48 wide$/,
    );
  });
});

it('the model of a distilled file is its average', async () => {
  const { key, close } = await readStateDict(fixture('vjepa21-checkpoint/checkpoint.pt'));
  await close();
  expect(key).toBe('ema_encoder');
  const path = temporaryPath('average.safetensors');
  await convertCheckpoint(fixture('vjepa21-checkpoint/checkpoint.pt'), path, { key: 'ema_encoder' });
  const { models } = await inspectCheckpoint(path);
  expect(models).toMatchObject([{ key: undefined, kind: 'encoder', version: 'V-JEPA 2.1', depth: 12 }]);
});
