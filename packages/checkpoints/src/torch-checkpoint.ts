import { ByteCursor } from './byte-cursor.js';
import type { ByteSource } from './byte-source.js';
import { checkPickledTree } from './check-tree.js';
import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointFile, withSource } from './checkpoint-file.js';
import type { CheckpointValue } from './checkpoint-value.js';
import { latin1Text } from './latin1.js';
import { isLegacyCheckpoint, readLegacyTree } from './legacy-checkpoint.js';
import { PickleProblem } from './pickle-problem.js';
import { readPickle } from './read-pickle.js';
import { findTorchGlobal, isStorageClass, storageWidth } from './torch-globals.js';
import type { TorchStorage } from './torch-storage.js';
import { Tuple } from './tuple.js';
import { ZipArchive } from './zip-archive.js';
import type { ZipEntry } from './zip-directory.js';

/** A pickle describes tensors in about 150 bytes each; a larger one is an attempt to fill the memory. */
const MAX_PICKLE_BYTES = 2 ** 28;
/** Deflate makes a pickle of tensors some ten times smaller; only one that repeats itself without end shrinks more. */
const MAX_PICKLE_RATIO = 100;
/** A pickle of this size is read however small it was packed. */
const SMALL_PICKLE_BYTES = 2 ** 22;

/** An open PyTorch checkpoint: its tree of values has been read, its tensors have not. */
export interface TorchCheckpoint {
  readonly path: string;
  /** Usually a dict: 'encoder', 'predictor', 'opt', 'epoch', … */
  readonly root: CheckpointValue;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/**
 * Opens what `torch.save` wrote (`.pth.tar`, `.pth`, `.pt`) to read it tensor by tensor. Its pickle can only
 * build plain data and tensors; nothing in the file is ever run.
 *
 * @throws CheckpointError when the file is missing, truncated, damaged, of another format, or asks for anything but
 * plain data
 */
export function openTorchCheckpoint(file: CheckpointFile): Promise<TorchCheckpoint> {
  return withSource(file, torchCheckpointOf);
}

/** {@link openTorchCheckpoint} of a source that is open; who opened it closes it when this fails. */
export async function torchCheckpointOf(source: ByteSource): Promise<TorchCheckpoint> {
  const { path } = source;
  const root = (await isZipArchive(source))
    ? await readRoot(path, await ZipArchive.open(source))
    : await readLegacyTree(source);
  return { path, root, close: () => source.close() };
}

async function readRoot(path: string, archive: ZipArchive): Promise<CheckpointValue> {
  const { prefix, pickle } = findPickle(path, archive);
  const bigEndian = await isBigEndian(path, archive, prefix);
  const bytes = await archive.read(pickle);
  const root = readPickle(path, new ByteCursor(bytes), {
    findGlobal: findTorchGlobal,
    loadPersistent: (id) => findStorage(archive, prefix, bigEndian, id),
  });
  checkPickledTree(path, root);
  return root;
}

/** The archive's folder may have any name; the pickle is always its `data.pkl`. */
function findPickle(path: string, archive: ZipArchive): { prefix: string; pickle: ZipEntry } {
  const found = [...archive.entries.values()].filter(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
  const [pickle] = found;
  if (!pickle || found.length > 1) {
    const problem = `is a zip archive with ${found.length} entries called data.pkl, expected one`;
    throw new CheckpointError(path, problem, 'it was not written by torch.save: convert it with PyTorch');
  }
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  if (archive.entries.has(`${prefix}constants.pkl`)) {
    throw new CheckpointError(path, 'is a TorchScript program', 'save its tensors: torch.save(module.state_dict(), …)');
  }
  if (pickle.bytes > MAX_PICKLE_BYTES) {
    const problem = `its pickle has ${pickle.bytes} bytes, expected at most ${MAX_PICKLE_BYTES}`;
    throw new CheckpointError(path, problem, 'no checkpoint of tensors needs so many: do not trust it');
  }
  if (pickle.bytes > SMALL_PICKLE_BYTES && pickle.bytes > MAX_PICKLE_RATIO * pickle.packedBytes) {
    const problem = `its pickle unpacks from ${pickle.packedBytes} to ${pickle.bytes} bytes, more than ${MAX_PICKLE_RATIO} times`;
    throw new CheckpointError(path, problem, 'no checkpoint of tensors repeats itself so: do not trust it');
  }
  return { prefix, pickle };
}

async function isBigEndian(path: string, archive: ZipArchive, prefix: string): Promise<boolean> {
  const entry = archive.entries.get(`${prefix}byteorder`);
  if (!entry) return false;
  const order = entry.bytes > 16 ? '' : latin1Text(await archive.read(entry)).trim();
  if (order === 'little' || order === 'big') return order === 'big';
  throw new CheckpointError(path, `its byte order is '${order}', expected 'little' or 'big'`, 'write it anew');
}

/** A persistent id: ('storage', storage class, key, device, elements). */
function findStorage(archive: ZipArchive, prefix: string, bigEndian: boolean, id: unknown): TorchStorage {
  const [kind, storageClass, key, , elements] = id instanceof Tuple ? id : [];
  if (kind !== 'storage' || !isStorageClass(storageClass) || typeof key !== 'string') {
    throw new PickleProblem('a persistent id is not that of a storage');
  }
  const { storageType } = storageClass;
  const entry = archive.entries.get(`${prefix}data/${key}`);
  if (!entry) throw new PickleProblem(`storage '${key}' is not in the archive`);
  const bytes = Number(elements) * storageWidth(storageClass);
  if (entry.bytes !== bytes) {
    throw new PickleProblem(`storage '${key}' has ${entry.bytes} bytes, expected ${bytes}`);
  }
  return { storageType, bytes, bigEndian, readRange: (start, length) => archive.readRange(entry, start, length) };
}

/** Whether a file is the zip archive of PyTorch since 1.6; otherwise it is what came before. */
async function isZipArchive(file: ByteSource): Promise<boolean> {
  if (file.size === 0) {
    throw new CheckpointError(file.path, 'is empty', 'copy or download it again');
  }
  const start = await file.read(0, Math.min(file.size, 512));
  const text = latin1Text(start);
  if (text.startsWith('PK')) return true;
  if (isLegacyCheckpoint(start)) return false;
  if (text.startsWith('ustar', 257)) {
    throw new CheckpointError(
      file.path,
      'is a tar archive, expected the zip archive torch.save writes',
      'unpack it first',
    );
  }
  if (text.startsWith('version https://git-lfs')) {
    throw new CheckpointError(file.path, 'is a pointer of Git LFS, not the file itself', 'fetch it: git lfs pull');
  }
  if (text.startsWith('{')) {
    const remedy = 'name the file of tensors, or where this is the index of several, the folder that they are in';
    throw new CheckpointError(file.path, 'is JSON, not tensors', remedy);
  }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    throw new CheckpointError(file.path, 'is packed by gzip', 'unpack it first');
  }
  throw new CheckpointError(
    file.path,
    'is not a PyTorch checkpoint: it does not start like a zip archive',
    'it may be truncated, an error page saved by a download, or in another format (safetensors?)',
  );
}
