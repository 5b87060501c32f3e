import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointDict, type CheckpointValue, isStoredTensor, keyText } from './checkpoint-value.js';
import { configLabels, configNumbers, type HuggingFaceConfig, huggingFaceConfigOf } from './hugging-face-config.js';
import { contradictions, sizesOfTensors } from './hugging-face-sizes.js';
import { nodeModule } from './node-module.js';
import { type Checkpoint, openCheckpointFile } from './open-checkpoint-file.js';
import { readJsonObject } from './read-json-object.js';
import { shardIndex } from './shard-index.js';
import type { StoredTensor } from './stored-tensor.js';

/** Where transformers looks for weights, in its order. */
const WEIGHTS = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

const CONFIG = 'config.json';

/** Whether a path is a folder with weights under the names that Hugging Face gives them. */
export function isHuggingFaceFolder(path: string): boolean {
  return weightsIn(path) !== undefined;
}

/**
 * Opens a Hugging Face folder. Of its files the tables of contents are read, and tensors when they are asked for.
 *
 * @throws CheckpointError as `openCheckpoint` says
 */
export async function openHuggingFaceFolder(folder: string): Promise<Checkpoint> {
  const weights = weightsIn(folder)!;
  const index = weights.endsWith('.index.json') ? await shardIndex(pathIn(folder, weights)) : new Map<string, string>();
  const files = index.size === 0 ? [weights] : [...new Set(index.values())];
  const missing = files.filter((file) => !exists(pathIn(folder, file)));
  if (missing.length > 0) {
    const problem = `its ${weights} names ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not there`;
    throw new CheckpointError(folder, problem, 'download the whole folder');
  }
  const shards: Checkpoint[] = [];
  const close = async () => {
    for (const shard of shards) await shard.close();
  };
  try {
    for (const file of files) shards.push(await openCheckpointFile(pathIn(folder, file)));
    const root =
      index.size === 0 ? shards[0]!.root : joined(folder, index, new Map(files.map((file, i) => [file, shards[i]!])));
    const { format, metadata } = shards[0]!;
    const fileBytes = shards.reduce((sum, shard) => sum + shard.fileBytes, 0);
    return { path: folder, fileBytes, format, root, metadata, huggingFace: await readConfig(folder, root), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The tensors of several files in the order of their index.
 *
 * @throws CheckpointError naming tensors that are missing in their file, stand in two, or not in the index
 */
function joined(
  folder: string,
  index: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, Checkpoint>,
): CheckpointDict {
  const holders = new Map<string, string[]>();
  const tensors = new Map<string, CheckpointValue>();
  for (const [file, { root }] of shards) {
    for (const [key, value] of root instanceof Map ? root : []) {
      const name = keyText(key);
      holders.set(name, [...(holders.get(name) ?? []), file]);
      tensors.set(name, value);
    }
  }
  const wrong = [
    ...[...index]
      .filter(([name, file]) => !holders.get(name)?.includes(file))
      .map(([name, file]) => `${file} has no '${name}'`),
    ...[...holders]
      .filter(([, files]) => files.length > 1)
      .map(([name, files]) => `'${name}' stands in ${files.join(' and ')}`),
    ...[...holders]
      .filter(([name]) => !index.has(name))
      .map(([name, files]) => `'${name}' of ${files[0]} is not in the index`),
  ];
  if (wrong.length > 0) {
    const more = wrong.length > 5 ? `, and ${wrong.length - 5} more` : '';
    const problem = `its index and its files disagree: ${wrong.slice(0, 5).join(', ')}${more}`;
    throw new CheckpointError(folder, problem, 'they are of different models or versions: download the whole folder');
  }
  return new Map(Array.from(index.keys(), (name) => [name, tensors.get(name)!]));
}

async function readConfig(folder: string, root: CheckpointValue): Promise<HuggingFaceConfig | undefined> {
  const path = pathIn(folder, CONFIG);
  if (!exists(path)) return undefined;
  const json = await readJsonObject(path);
  const [numbers, labels] = [configNumbers(path, json), configLabels(path, json)];
  const differences = contradictions(numbers, labels, sizesOfTensors(tensorsOf(root)));
  if (differences.length > 0) {
    const problem = `contradicts the weights beside it: ${differences.join('; ')}`;
    throw new CheckpointError(path, problem, 'it is the config of another model: download the whole folder');
  }
  return huggingFaceConfigOf(numbers, labels);
}

function tensorsOf(root: CheckpointValue): Map<string, StoredTensor> {
  const entries = root instanceof Map ? [...root] : [];
  return new Map(entries.flatMap(([key, value]) => (isStoredTensor(value) ? [[keyText(key), value]] : [])));
}

function weightsIn(folder: string): string | undefined {
  return WEIGHTS.find((name) => exists(pathIn(folder, name)));
}

function exists(path: string): boolean {
  return nodeModule('node:fs')?.existsSync(path) ?? false;
}

/** A slash separates folders on every system. */
function pathIn(folder: string, name: string): string {
  return `${folder.replace(/[/\\]+$/, '')}/${name}`;
}
