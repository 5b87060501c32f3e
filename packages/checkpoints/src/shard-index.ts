import { CheckpointError } from './checkpoint-error.js';
import { readJsonObject } from './read-json-object.js';

/**
 * Which file of a folder holds each tensor, as `model.safetensors.index.json` says.
 *
 * @throws CheckpointError when it is no such index, or names a file that is not in its own folder
 */
export async function shardIndex(path: string): Promise<Map<string, string>> {
  const { weight_map: map } = await readJsonObject(path);
  const refuse = (problem: string) => new CheckpointError(path, problem, 'download the whole folder');
  if (typeof map !== 'object' || map === null) throw refuse("has no 'weight_map' of names to files");
  const entries = Object.entries(map);
  if (entries.length === 0) throw refuse("its 'weight_map' is empty");
  for (const [name, file] of entries) {
    if (typeof file !== 'string') throw refuse(`'${name}' is in ${JSON.stringify(file)}; expected the name of a file`);
    if (!isPlainName(file)) {
      const remedy = 'an index names files of its own folder: do not use this one';
      throw new CheckpointError(path, `'${name}' leads to ${JSON.stringify(file)}, outside the folder`, remedy);
    }
  }
  return new Map(entries as [string, string][]);
}

function isPlainName(file: string): boolean {
  return /^[^/\\:\0]+$/.test(file) && file !== '.' && file !== '..';
}
