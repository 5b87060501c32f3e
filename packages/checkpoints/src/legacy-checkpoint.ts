import { ByteCursor } from './byte-cursor.js';
import type { ByteSource } from './byte-source.js';
import { checkPickledTree } from './check-tree.js';
import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointValue } from './checkpoint-value.js';
import type { PickleVocabulary } from './pickle-machine.js';
import { PickleProblem } from './pickle-problem.js';
import { readPickle } from './read-pickle.js';
import { findTorchGlobal, isStorageClass, storageWidth } from './torch-globals.js';
import type { TorchStorage } from './torch-storage.js';
import { Tuple } from './tuple.js';

/** The number that `torch.save` wrote first, in a pickle of its own, before PyTorch 1.6. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL = 1001;

/** The pickles of a model of some hundred tensors fit in so much; more is read when they do not. */
const FIRST_READ = 2 ** 20;
const MOST_PICKLED = 2 ** 28;

/** Whether a file's first bytes are those of the format before PyTorch 1.6. */
export function isLegacyCheckpoint(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => start[2 + i] === byte);
}

/**
 * Reads the tree of a file in the format before PyTorch 1.6: five pickles (a number, the protocol, the machine, the
 * tree, the storages' keys) and then the storages one after another, each as the count of its elements and these.
 *
 * @throws CheckpointError when the file is truncated or damaged, or asks for anything but plain data
 */
export async function readLegacyTree(file: ByteSource): Promise<CheckpointValue> {
  const { root, keys, end, storages } = await readPickles(file);
  checkPickledTree(file.path, root);
  let position = end;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage) throw damaged(file, `lists a storage '${key}' that no tensor uses`);
    const count = new DataView((await file.read(position, 8)).buffer).getBigUint64(0, true);
    if (BigInt(storage.bytes) !== count * BigInt(storage.width)) {
      throw damaged(file, `storage '${key}' has ${count} elements, expected ${storage.bytes / storage.width}`);
    }
    storage.start = position + 8;
    position = storage.start + storage.bytes;
    if (position > file.size) throw damaged(file, `storage '${key}' ends ${position - file.size} bytes after the file`);
    storages.delete(key);
  }
  for (const key of storages.keys()) throw damaged(file, `has no storage '${key}'`);
  return root;
}

/** A storage; where it starts is known after all that refer to it. */
interface LegacyStorage {
  bytes: number;
  /** Bytes per element. */
  width: number;
  start: number;
}

interface Pickles {
  root: unknown;
  keys: string[];
  /** Where the storages start. */
  end: number;
  storages: Map<string, LegacyStorage>;
}

/** Where pickles end only reading them tells. */
async function readPickles(file: ByteSource): Promise<Pickles> {
  for (let length = FIRST_READ; ; length *= 4) {
    const whole = length >= Math.min(file.size, MOST_PICKLED);
    try {
      return parsePickles(file, await file.read(0, Math.min(length, file.size, MOST_PICKLED)));
    } catch (error) {
      const cutOff = error instanceof CheckpointError && error.cause instanceof RangeError;
      if (whole || !cutOff) throw error;
    }
  }
}

function parsePickles(file: ByteSource, bytes: Uint8Array): Pickles {
  const cursor = new ByteCursor(bytes);
  const storages = new Map<string, LegacyStorage>();
  const vocabulary = {
    findGlobal: findTorchGlobal,
    loadPersistent: (id: unknown) => findStorage(file, storages, id),
  };
  const next = (words: PickleVocabulary = noWords) => readPickle(file.path, cursor, words);
  next();
  const found = next();
  if (found !== PROTOCOL) throw damaged(file, `its protocol is ${found}, expected ${PROTOCOL}`);
  next();
  const root = next(vocabulary);
  const keys = next();
  if (!Array.isArray(keys) || !keys.every(isKey)) throw damaged(file, "its storages' keys are not a list of names");
  return { root, keys: keys.map(String), end: cursor.position, storages };
}

const noWords: PickleVocabulary = {
  findGlobal: findTorchGlobal,
  loadPersistent() {
    throw new PickleProblem('a storage stands where a number should be');
  },
};

/** A persistent id: ('storage', storage class, key, device, elements, None or (key of the view, offset, elements)). */
function findStorage(file: ByteSource, storages: Map<string, LegacyStorage>, id: unknown): TorchStorage {
  const [kind, storageClass, key, , elements, view] = id instanceof Tuple ? id : [];
  if (kind !== 'storage' || !isStorageClass(storageClass) || !isKey(key) || !isLength(elements)) {
    throw new PickleProblem('a persistent id is not that of a storage');
  }
  const { storageType } = storageClass;
  const width = storageWidth(storageClass);
  const storage = storages.get(String(key)) ?? { bytes: elements * width, width, start: 0 };
  storages.set(String(key), storage);
  if (storage.bytes !== elements * width) {
    throw new PickleProblem(
      `storage '${key}' has ${storage.bytes} bytes in one place and ${elements * width} in another`,
    );
  }
  const { first, bytes } = viewOf(storage, width, view);
  return {
    storageType,
    bytes,
    bigEndian: false,
    readRange: (start, length) => file.read(storage.start + first + start, length),
  };
}

/** The part of a storage that is a storage of its own, in bytes. */
function viewOf(storage: LegacyStorage, width: number, view: unknown): { first: number; bytes: number } {
  if (view === null || view === undefined) return { first: 0, bytes: storage.bytes };
  const [, offset, elements] = view instanceof Tuple ? view : [];
  if (!isLength(offset) || !isLength(elements) || (offset + elements) * width > storage.bytes) {
    throw new PickleProblem('a part of a storage leads beyond it');
  }
  return { first: offset * width, bytes: elements * width };
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(file: ByteSource, problem: string): CheckpointError {
  return new CheckpointError(file.path, problem, 'the file is damaged: copy or download it again');
}
