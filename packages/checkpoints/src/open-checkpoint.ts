import type { CheckpointDict, CheckpointValue } from './checkpoint-value.js';
import { RandomAccessFile } from './random-access-file.js';
import { openSafetensors } from './safetensors-file.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';

/** Of PyTorch's files, of a pointer of Git LFS, of a gzip archive: whatever their names. */
const otherStarts = ['PK', 'version ', Buffer.of(0x1f, 0x8b), Buffer.of(0x80, 0x02)];

/** An open checkpoint of either format. */
export interface Checkpoint {
  readonly path: string;
  readonly format: 'torch' | 'safetensors';
  /** A PyTorch file's tree; a safetensors file's tensors as one dict of names. */
  readonly root: CheckpointValue;
  /** A safetensors file's metadata; empty for a PyTorch file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a PyTorch or a safetensors file, whichever its content says it is.
 *
 * @throws CheckpointError when the file cannot be read as either
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  if (await looksLikeSafetensors(path)) {
    const { tensors, metadata, close } = await openSafetensors(path);
    const root: CheckpointDict = new Map(tensors);
    return { path, format: 'safetensors', root, metadata, close };
  }
  const { root, close } = await openTorchCheckpoint(path);
  return { path, format: 'torch', root, metadata: {}, close };
}

/**
 * A safetensors file starts with its header's length, eight bytes of which the last are 0, and then a brace. One that is
 * only called so is told what is wrong with it as such, unless it is plainly something else.
 */
async function looksLikeSafetensors(path: string): Promise<boolean> {
  const file = await RandomAccessFile.open(path);
  try {
    if (file.size < 9) return path.endsWith('.safetensors');
    const start = Buffer.from((await file.read(0, 9)).buffer);
    if (start.readUInt32LE(4) === 0 && start[8] === '{'.charCodeAt(0)) return true;
    return path.endsWith('.safetensors') && !otherStarts.some((other) => start.indexOf(other) === 0);
  } finally {
    await file.close();
  }
}
