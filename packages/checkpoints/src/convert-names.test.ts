import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import type { CheckpointDict } from './checkpoint-value.js';
import { convertCheckpoint } from './convert-checkpoint.js';
import { type HuggingFaceOptions, newHuggingFaceConfig } from './new-hugging-face-config.js';
import { openCheckpoint } from './open-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import { openSafetensors } from './safetensors-file.js';
import { type StoredTensor, storedTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const RELEASED = fixture('vjepa2-checkpoint/checkpoint.pt');
/** What the tensors of that file do not tell, as its manifest has it. */
const SIZES = { version: '2', imageSize: 32, numFrames: 8, numHeads: 1, predictorHeads: 1 } as const;
const MODEL = fixture('hf-vjepa2/model');
const CLASSIFIER = fixture('hf-vjepa2/classifier');

const toFolder = (source: string, huggingFace?: HuggingFaceOptions) => {
  const folder = temporaryPath('folder');
  return convertCheckpoint(source, folder, { names: 'hugging-face', huggingFace }).then(() => folder);
};
const failure = (...args: Parameters<typeof toFolder>) => toFolder(...args).then(String, (error) => error.message);
const configOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));

/** Every tensor of a model by its name, shape, type and bytes. */
async function model(path: string, key: string) {
  const { tensors, close } = await readStateDict(path, key);
  const read = new Map<string, unknown>();
  for (const [name, { shape, dtype, readBytes }] of tensors) read.set(name, [shape, dtype, await readBytes()]);
  await close();
  return new Map([...read].sort());
}

describe('a released file becomes a Hugging Face folder', () => {
  it('of three files, the models as they were, without the tables that nothing reads', async () => {
    const folder = temporaryPath('folder');
    const written = await convertCheckpoint(RELEASED, folder, { names: 'hugging-face', huggingFace: SIZES });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors', 'video_preprocessor_config.json']);
    expect(written).toEqual({
      files: ['config.json', 'video_preprocessor_config.json', 'model.safetensors'].map((name) => join(folder, name)),
      notes: ['left out, as V-JEPA 2 does not read them: pos_embed, predictor_pos_embed'],
    });
    const encoder = await model(RELEASED, 'target_encoder');
    expect(encoder.delete('pos_embed')).toBe(true);
    expect(await model(folder, 'encoder')).toEqual(encoder);
    const predictor = await model(RELEASED, 'predictor');
    expect(predictor.delete('predictor_pos_embed')).toBe(true);
    expect(await model(folder, 'predictor')).toEqual(predictor);
  });

  it('whose config says what the tensors tell, and what was said beside', async () => {
    const config = configOf(await toFolder(RELEASED, SIZES));
    expect(config).toMatchObject({
      architectures: ['VJEPA2Model'],
      model_type: 'vjepa2',
      dtype: 'float32',
      ...{ crop_size: 32, frames_per_clip: 8, patch_size: 8, tubelet_size: 2, in_chans: 3 },
      ...{ hidden_size: 20, num_hidden_layers: 2, num_attention_heads: 1, mlp_ratio: 4, layer_norm_eps: 1e-6 },
      ...{ pred_hidden_size: 16, pred_num_hidden_layers: 2, pred_num_attention_heads: 1, pred_num_mask_tokens: 2 },
    });
    expect(config).not.toHaveProperty('id2label');
  });

  it('and back, in the layout that loaders of released files expect, bit for bit', async () => {
    const folder = await toFolder(RELEASED, SIZES);
    const path = temporaryPath('back.pt');
    await convertCheckpoint(folder, path, { names: 'original' });
    const { root, close } = await openTorchCheckpoint(path);
    const file = root as CheckpointDict;
    expect([...file.keys()]).toEqual(['encoder', 'target_encoder', 'predictor', 'epoch']);
    const names = [
      ...(file.get('encoder') as CheckpointDict).keys(),
      ...(file.get('predictor') as CheckpointDict).keys(),
    ];
    expect(names.every((name) => String(name).startsWith('module.backbone.'))).toBe(true);
    await close();
    const encoder = await model(folder, 'encoder');
    expect(await model(path, 'encoder')).toEqual(encoder);
    expect(await model(path, 'target_encoder')).toEqual(encoder);
    expect(await model(path, 'predictor')).toEqual(await model(folder, 'predictor'));
    // Both names of the encoder stand for the same bytes of the file.
    expect(readFileSync(path).length).toBeLessThan(1.5 * readFileSync(join(folder, 'model.safetensors')).length);
  });
});

describe('a Hugging Face folder becomes another through a file of the original', () => {
  it.each([
    ['a model', MODEL, ['encoder', 'predictor']],
    ['a classification model', CLASSIFIER, ['encoder', 'predictor', 'classifier']],
  ])('%s, bit for bit', async (_, folder, keys) => {
    const file = temporaryPath('original.pt');
    await convertCheckpoint(folder, file, { names: 'original' });
    const { huggingFace, close } = await openCheckpoint(folder);
    await close();
    const { encoder, predictor, probe } = huggingFace!;
    const again = await toFolder(file, {
      imageSize: encoder.imageSize,
      numFrames: encoder.numFrames,
      numHeads: encoder.numHeads,
      predictorHeads: predictor.numHeads,
      labels: probe.labels,
    });
    for (const key of keys) expect(await model(again, key), key).toEqual(await model(folder, key));
    const theirs = configOf(folder);
    const [ours, preprocessor] = [configOf(again), 'video_preprocessor_config.json'];
    const shared = Object.keys(ours).filter((key) => key in theirs);
    expect(shared.length).toBeGreaterThan(20);
    for (const key of shared) expect([key, ours[key]]).toEqual([key, theirs[key]]);
    const read = (path: string) => JSON.parse(readFileSync(join(path, preprocessor), 'utf8'));
    expect(read(folder)).toMatchObject(read(again));
  });

  it('and what its config says need not be said again', async () => {
    const again = await toFolder(CLASSIFIER);
    const { huggingFace, close } = await openCheckpoint(again);
    await close();
    const source = await openCheckpoint(CLASSIFIER);
    await source.close();
    expect(huggingFace).toEqual(source.huggingFace);
  });
});

describe('a probe in a file of its own', () => {
  async function probeFile(count: number, change: Record<string, StoredTensor> = {}) {
    const { tensors, close } = await readStateDict(CLASSIFIER, 'classifier');
    const probe = new Map([...tensors, ...Object.entries(change)].map(([name, value]) => [`module.${name}`, value]));
    const path = temporaryPath('probe.pt');
    await writeTorchCheckpoint(path, { classifiers: Array.from({ length: count }, () => probe), epoch: 20 });
    await close();
    return path;
  }

  it('makes a classification model of the encoder, with names of its classes or without', async () => {
    const probe = await probeFile(1);
    const folder = await toFolder(MODEL, { probe, labels: ['a', 'b', 'c', 'd', 'e', 'f'] });
    expect(await model(folder, 'classifier')).toEqual(await model(CLASSIFIER, 'classifier'));
    expect(configOf(folder)).toMatchObject({
      architectures: ['VJEPA2ForVideoClassification'],
      num_pooler_layers: 3,
      id2label: { 0: 'a', 5: 'f' },
      label2id: { a: 0, f: 5 },
    });
    const file = temporaryPath('bare.pt');
    await convertCheckpoint(MODEL, file, { names: 'original' });
    const bare = await toFolder(file, { ...SIZES, numHeads: 2, predictorHeads: 2, probe });
    expect(configOf(bare).id2label).toEqual(Object.fromEntries(Array.from({ length: 6 }, (_, i) => [i, `LABEL_${i}`])));
    expect(await failure(MODEL, { probe, labels: ['a'] })).toContain(
      "the number of labels in id2label is 1, and the tensors' 6",
    );
  });

  it('must be one of classes, for features as wide as the encoder’s', async () => {
    const changed = (name: string) =>
      probeFile(1, { [name]: storedTensor('float32', [6, 48], async () => new Uint8Array(1152)) });
    const wide = await changed('linear.weight');
    expect(await failure(MODEL, { probe: wide })).toBe(
      `${wide}: the probe reads features 48 wide, and the encoder's are 24; give the probe that was trained on this encoder`,
    );
    expect(await failure(MODEL, { probe: await changed('action_classifier.weight') })).toMatch(
      /has V-JEPA 2 anticipation probe .* with it, of which transformers has no model; leave it out$/,
    );
  });

  it('must have the MLPs that transformers gives it', async () => {
    const wide = ['weight', 'bias'].map((leaf) => {
      const shape = leaf === 'weight' ? [120, 24] : [120];
      const bytes = async () => new Uint8Array(4 * shape.reduce((size, length) => size * length, 1));
      return [`pooler.cross_attention_block.mlp.fc1.${leaf}`, storedTensor('float32', shape, bytes)] as const;
    });
    expect(await failure(MODEL, { probe: await probeFile(1, Object.fromEntries(wide)) })).toContain(
      "the width of the pooler's MLPs is 96, and the tensors' 120; say what the model really has",
    );
  });

  it('is told that transformers gives it the heads of the encoder', async () => {
    const { notes } = await convertCheckpoint(CLASSIFIER, temporaryPath('folder'), { names: 'hugging-face' });
    expect(notes).toEqual([
      "the probe was trained with 16 heads, and transformers gives it the encoder's 2: its logits differ",
    ]);
  });

  it('must be one of several that are in a file', async () => {
    expect(await failure(MODEL, { probe: await probeFile(20) })).toContain(
      'holds 20 probes: classifiers.0 to classifiers.19; write the one that is wanted to a file of its own first',
    );
    const one = temporaryPath('one.safetensors');
    await convertCheckpoint(await probeFile(20), one, { key: 'classifiers.3' });
    expect(await model(await toFolder(MODEL, { probe: one }), 'classifier')).toEqual(
      await model(CLASSIFIER, 'classifier'),
    );
  });
});

describe('what has no place in transformers is one error, and leaves nothing behind', () => {
  it('V-JEPA 2.1', async () => {
    expect(await failure(fixture('vjepa21-checkpoint/checkpoint.pt'))).toMatch(
      /holds V-JEPA 2\.1 encoder of 12 blocks.*, and transformers has a model of V-JEPA 2 alone; keep the original's names$/,
    );
    const path = temporaryPath('v21.pt');
    await convertCheckpoint(fixture('vjepa21-checkpoint/checkpoint.pt'), path, { names: 'original' });
    // The average and the encoder that was trained are two, and stay two.
    for (const key of ['ema_encoder', 'encoder', 'predictor']) {
      expect(await model(path, key), key).toEqual(await model(fixture('vjepa21-checkpoint/checkpoint.pt'), key));
    }
    expect(await model(path, 'encoder')).not.toEqual(await model(path, 'ema_encoder'));
  });

  it('what may be V-JEPA, which reads the tables that would be left out', async () => {
    expect(await failure(fixture('pretrain-small/initial.pth.tar'), { numHeads: 3, predictorHeads: 2 })).toMatch(
      /no tensor tells whether it is V-JEPA 2, or V-JEPA, .*; where it is V-JEPA 2, say so$/,
    );
  });

  it('heads that nothing tells, heads that do not fit, and an encoder without a predictor', async () => {
    expect(await failure(RELEASED, { version: '2' })).toContain('its encoder is 20 wide');
    expect(await failure(RELEASED, { version: '2', numHeads: 1 })).toContain('its predictor is 16 wide');
    expect(await failure(RELEASED, { ...SIZES, numHeads: 3 })).toContain(
      'num_attention_heads is 3, which does not divide the width 20',
    );
    const alone = temporaryPath('encoder.safetensors');
    await convertCheckpoint(RELEASED, alone, { key: 'target_encoder' });
    expect(await failure(alone, SIZES)).toContain("has no predictor, and transformers' model has one");
  });

  it('a model that is not whole, of which transformers would draw the rest', async () => {
    const { tensors, close } = await openSafetensors(`${MODEL}/model.safetensors`);
    const path = temporaryPath('half.safetensors');
    await writeSafetensors(path, new Map([...tensors].filter(([name]) => name !== 'predictor.layernorm.bias')));
    await close();
    expect(await failure(path, { numHeads: 2, predictorHeads: 2 })).toMatch(
      /lacks predictor_norm\.bias, without which/,
    );
  });

  it('a folder that cannot be made', async () => {
    const path = temporaryPath('file');
    writeFileSync(path, '');
    await expect(convertCheckpoint(MODEL, join(path, 'folder'), { names: 'hugging-face' })).rejects.toThrow(
      'no folder can be made of it',
    );
  });

  it('and what was assumed is said', async () => {
    const { notes } = await convertCheckpoint(RELEASED, temporaryPath('folder'), {
      names: 'hugging-face',
      huggingFace: { version: '2', numHeads: 1, predictorHeads: 1 },
    });
    expect(notes[1]).toBe('taken as usual, as nothing tells: frames of 256 x 256, clips of 64 frames');
  });
});

it.each([
  [1408, 6144, 22],
  [1664, 8192, 26],
  [88, 120, 4],
])('MLPs of a width of %i are %i wide by the ratio that is written', (width, hidden, heads) => {
  const sizes = { numbers: { hidden_size: width }, hidden: { mlp_ratio: hidden }, classes: undefined };
  const { numbers } = newHuggingFaceConfig('a', sizes, undefined, { numHeads: heads });
  // transformers takes the whole part, which of 88 x (120 / 88) in floating point is 119.
  expect(Math.trunc(width * numbers.mlp_ratio)).toBe(hidden);
});
