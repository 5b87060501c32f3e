import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { openSafetensors } from '@vjepa/checkpoints';
import { InputError, reasonOf } from '@vjepa/training';
import type { Values } from './comparison.js';

/** A folder with inputs to and outputs of the reference: `manifest.json` and, for most kinds, `tensors.safetensors`. */
export interface Fixture {
  folder: string;
  /** The folder as reports name it. */
  name: string;
  kind: string;
  manifest: unknown;
}

/**
 * Every fixture folder that is or lies below one of `folders`.
 *
 * @throws InputError when a folder does not exist, holds none, or a manifest is not JSON with a `kind`.
 */
export function findFixtures(folders: readonly string[]): Fixture[] {
  return folders.flatMap((root) => {
    if (!existsSync(root) || !statSync(root).isDirectory())
      throw new InputError({ subject: root, problem: 'no such folder' });
    const found = walk(root).map((folder) => readFixture(root, folder));
    if (found.length === 0) {
      throw new InputError({
        subject: root,
        problem: 'no fixture here or below',
        remedy: 'a fixture is a folder with a manifest.json',
      });
    }
    return found;
  });
}

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name));
  const below = entries.filter((entry) => entry.isDirectory()).flatMap((entry) => walk(join(folder, entry.name)));
  return entries.some((entry) => entry.name === 'manifest.json') ? [folder, ...below] : below;
}

function readFixture(root: string, folder: string): Fixture {
  const path = join(folder, 'manifest.json');
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InputError({ subject: path, problem: `not JSON: ${reasonOf(error)}`, cause: error });
  }
  const kind = (manifest as { kind?: unknown } | null)?.kind;
  if (typeof kind !== 'string') throw new InputError({ subject: path, expected: 'a "kind"', found: kind });
  return { folder, name: relative(root, folder) || root, kind, manifest };
}

/** The tensors of a fixture by name. */
export interface FixtureTensors {
  /** @throws InputError when there is no such tensor. */
  (name: string): FixtureTensor;
  /** Names that begin so, each with what follows. */
  startingWith(prefix: string): [name: string, rest: string][];
}

/** Reads all tensors of a fixture; 64-bit integers become numbers. */
export async function readTensors(fixture: Fixture): Promise<FixtureTensors> {
  const path = join(fixture.folder, 'tensors.safetensors');
  const file = await openSafetensors(path);
  const tensors = new Map<string, FixtureTensor>();
  try {
    for (const [name, tensor] of file.tensors) {
      const data = await tensor.read();
      const numbers = data instanceof BigInt64Array ? Int32Array.from(data, Number) : data;
      tensors.set(name, { shape: [...tensor.shape], data: numbers as FixtureTensor['data'] });
    }
  } finally {
    await file.close();
  }
  const get = (name: string) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new InputError({ subject: path, problem: `no tensor '${name}'` });
    return tensor;
  };
  const startingWith = (prefix: string): [string, string][] =>
    [...tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => [name, name.slice(prefix.length)]);
  return Object.assign(get, { startingWith });
}

/** A tensor of a fixture, in memory. */
export interface FixtureTensor extends Values {
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
}
