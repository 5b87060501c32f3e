import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { isStoredTensor } from './checkpoint-value.js';
import { inspectCheckpoint } from './inspect-checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import { openSafetensors } from './safetensors-file.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const MODEL = fixture('hf-vjepa2/model');
const FIRST = 'model-00001-of-00002.safetensors';
const SECOND = 'model-00002-of-00002.safetensors';
const INDEX = 'model.safetensors.index.json';

/** A copy of the recorded folder, with another config where one is given. */
function copyOf(folder: string, config: Record<string, unknown> = {}): string {
  const path = temporaryPath('folder');
  cpSync(folder, path, { recursive: true });
  const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...json, ...config }));
  return path;
}

/** The recorded model in two files, every second tensor in the second, and their index. */
async function sharded(change: { index?: Record<string, string>; second?: Record<string, StoredTensor> } = {}) {
  const path = temporaryPath('sharded');
  mkdirSync(path);
  cpSync(join(MODEL, 'config.json'), join(path, 'config.json'));
  const { tensors, close } = await openSafetensors(join(MODEL, 'model.safetensors'));
  const names = [...tensors.keys()];
  const part = (which: number) => new Map([...tensors].filter((_, i) => i % 2 === which));
  await writeSafetensors(join(path, FIRST), part(0));
  await writeSafetensors(join(path, SECOND), new Map([...part(1), ...Object.entries(change.second ?? {})]));
  await close();
  const map = Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? FIRST : SECOND]));
  const index = { metadata: { total_size: 1 }, weight_map: { ...map, ...change.index } };
  writeFileSync(join(path, INDEX), JSON.stringify(index));
  return path;
}

async function bytesOf(path: string): Promise<Map<unknown, Uint8Array>> {
  const { root, close } = await openCheckpoint(path);
  const bytes = new Map<unknown, Uint8Array>();
  for (const [name, tensor] of root as Map<string, StoredTensor>) bytes.set(name, await tensor.readBytes());
  await close();
  return bytes;
}

describe('a Hugging Face folder', () => {
  it('is opened as a file is, with what its config says', async () => {
    const { key, path, tensors, huggingFace, close } = await readStateDict(MODEL);
    await close();
    expect([key, path, tensors.size]).toEqual(['encoder', MODEL, 40]);
    expect(huggingFace).toEqual({
      encoder: {
        imageSize: 32,
        patchSize: 8,
        numFrames: 8,
        tubeletSize: 2,
        embedDim: 24,
        depth: 3,
        numHeads: 2,
        mlpRatio: 4,
        layerNormEpsilon: 1e-6,
      },
      predictor: { embedDim: 32, depth: 2, numHeads: 2, mlpRatio: 4, numMaskTokens: 4 },
      probe: { depth: 4, labels: ['class 0', 'class 1', 'class 2', 'class 3', 'class 4', 'class 5'] },
    });
    const probe = await readStateDict(`${fixture('hf-vjepa2/classifier')}/`, 'classifier');
    await probe.close();
    expect(probe.tensors.get('linear.weight')!.shape).toEqual([6, 24]);
  });

  it('in several files gives the tensors of the one, bit for bit, in the order of the index', async () => {
    const path = await sharded();
    const [parts, whole] = [await bytesOf(path), await bytesOf(MODEL)];
    expect([...parts.keys()]).toEqual([...whole.keys()]);
    expect(parts).toEqual(whole);
    const { fileBytes, root, models } = await inspectCheckpoint(path);
    expect(fileBytes).toBe(readFileSync(join(path, FIRST)).length + readFileSync(join(path, SECOND)).length);
    expect([root.tensors, models.map(({ kind }) => kind).sort()]).toEqual([whole.size, ['encoder', 'predictor']]);
  });

  it('is read from PyTorch’s own file where it has no other', async () => {
    const path = copyOf(MODEL);
    const { tensors, close } = await openSafetensors(join(MODEL, 'model.safetensors'));
    await writeTorchCheckpoint(join(path, 'pytorch_model.bin'), new Map(tensors));
    await close();
    renameSync(join(path, 'model.safetensors'), join(path, 'elsewhere'));
    expect(await bytesOf(path)).toEqual(await bytesOf(MODEL));
  });

  it('without a config is opened without one', async () => {
    const path = copyOf(MODEL);
    renameSync(join(path, 'config.json'), join(path, 'elsewhere'));
    const { huggingFace, root, close } = await openCheckpoint(path);
    await close();
    expect(huggingFace).toBeUndefined();
    expect([...(root as Map<string, unknown>).values()].every(isStoredTensor)).toBe(true);
  });
});

describe('a Hugging Face folder that is not whole is one error', () => {
  const failure = (path: string) => openCheckpoint(path).then(String, (error: Error) => error.message);

  it('names the file that is missing', async () => {
    const path = await sharded();
    renameSync(join(path, SECOND), join(path, 'elsewhere'));
    expect(await failure(path)).toBe(
      `${path}: its ${INDEX} names ${SECOND}, which is not there; download the whole folder`,
    );
  });

  it('names a tensor that its file has not, one in two files, and one that the index has not', async () => {
    const name = 'encoder.layernorm.bias';
    const absent = await sharded({ index: { 'encoder.layernorm.gain': FIRST } });
    expect(await failure(absent)).toContain(`disagree: ${FIRST} has no 'encoder.layernorm.gain';`);
    const zeros = { shape: [24], data: new Float32Array(24) };
    const more = (name: string) => ({ second: { [name]: zeros as unknown as StoredTensor } });
    const first = (JSON.parse(readFileSync(join(absent, INDEX), 'utf8')).weight_map as Record<string, string>)[name];
    expect(first).toBe(FIRST);
    expect(await failure(await sharded(more(name)))).toContain(`'${name}' stands in ${FIRST} and ${SECOND};`);
    expect(await failure(await sharded(more('extra')))).toContain(`'extra' of ${SECOND} is not in the index;`);
  });

  it.each(['../model.safetensors', '/etc/passwd', 'a/b.safetensors', '..', 'C:model', 'a\\b'])(
    'does not follow its index to %s',
    async (file) => {
      const path = await sharded({ index: { 'encoder.layernorm.bias': file } });
      expect(await failure(path)).toContain(`'encoder.layernorm.bias' leads to ${JSON.stringify(file)}, outside the`);
    },
  );

  it('is asked for by its folder where its index is named', async () => {
    const index = join(await sharded(), INDEX);
    expect(await failure(index)).toBe(
      `${index}: is JSON, not tensors; name the file of tensors, or where this is the index of several, the folder that they ` +
        'are in',
    );
  });

  it('says what an index that is none lacks', async () => {
    const path = await sharded();
    const write = (text: string) => writeFileSync(join(path, INDEX), text);
    write('{"weight_map": ');
    expect(await failure(path)).toContain('is no JSON');
    write('[1]');
    expect(await failure(path)).toContain('is no JSON object');
    write('{"metadata": {}}');
    expect(await failure(path)).toContain("has no 'weight_map'");
    write('{"weight_map": {}}');
    expect(await failure(path)).toContain("its 'weight_map' is empty");
    write('{"weight_map": {"a": 3}}');
    expect(await failure(path)).toContain("'a' is in 3");
  });

  it('names everything in which config and tensors differ, in one line', async () => {
    const other = copyOf(MODEL, {
      hidden_size: 48,
      num_hidden_layers: 12,
      pred_num_mask_tokens: 10,
      pred_mlp_ratio: 2,
    });
    expect(await failure(other)).toBe(
      `${other}/config.json: contradicts the weights beside it: hidden_size is 48, and the tensors' 24; ` +
        "num_hidden_layers is 12, and the tensors' 3; pred_num_mask_tokens is 10, and the tensors' 4; " +
        "the width of MLPs by mlp_ratio is 192, and the tensors' 96; the width of MLPs by pred_mlp_ratio is 64, and " +
        "the tensors' 128; it is the config of another model: download the whole folder",
    );
    expect(await failure(copyOf(MODEL, { num_attention_heads: 5 }))).toContain(
      'num_attention_heads is 5, which does not divide the width 24',
    );
    const classifier = fixture('hf-vjepa2/classifier');
    const labels = copyOf(classifier, { id2label: { 0: 'a', 1: 'b' }, num_pooler_layers: 2 });
    expect(await failure(labels)).toContain(
      "num_pooler_layers is 2, and the tensors' 3; the number of labels in id2label is 2, and the tensors' 6;",
    );
  });

  it('names a config of another model, and values that are none', async () => {
    expect(await failure(copyOf(MODEL, { model_type: 'videomae' }))).toContain(
      'is the config of a model of type "videomae"; expected vjepa2',
    );
    expect(await failure(copyOf(MODEL, { crop_size: '256' }))).toContain(
      '\'crop_size\' is "256"; expected a whole number of at least 1',
    );
    expect(await failure(copyOf(MODEL, { mlp_ratio: -1 }))).toContain("'mlp_ratio' is -1; expected a number above 0");
    expect(await failure(copyOf(MODEL, { id2label: { 1: 'a' } }))).toContain("'id2label' has 1 entries and none for");
  });

  it('a folder of something else stays a folder', async () => {
    const path = temporaryPath('folder');
    mkdirSync(path);
    expect(existsSync(path)).toBe(true);
    expect(await failure(path)).toContain('is a folder, expected a file');
  });
});
