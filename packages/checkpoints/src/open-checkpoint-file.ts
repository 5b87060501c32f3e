import type { ByteSource } from './byte-source.js';
import { type CheckpointFile, withSource } from './checkpoint-file.js';
import type { CheckpointDict, CheckpointValue } from './checkpoint-value.js';
import type { HuggingFaceConfig } from './hugging-face-config.js';
import { latin1Text } from './latin1.js';
import { safetensorsOf } from './safetensors-file.js';
import { torchCheckpointOf } from './torch-checkpoint.js';

/** Of PyTorch's files, of a pointer of Git LFS, of a gzip archive: whatever their names. */
const OTHER_STARTS = ['PK', 'version ', '\x1f\x8b', '\x80\x02'];

/** An open checkpoint of either format. */
export interface Checkpoint {
  /** The file, or the Hugging Face folder. */
  readonly path: string;
  /** Bytes of the file, or of all files of weights in the folder. */
  readonly fileBytes: number;
  readonly format: 'torch' | 'safetensors';
  /** A PyTorch file's tree; a safetensors file's tensors as one dict of names. */
  readonly root: CheckpointValue;
  /** A safetensors file's metadata; empty for a PyTorch file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What a Hugging Face folder's `config.json` says; undefined for a file, and for a folder without one. */
  readonly huggingFace: HuggingFaceConfig | undefined;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/** A {@link Checkpoint} in one file, whichever format its content says it is. */
export function openCheckpointFile(file: CheckpointFile): Promise<Checkpoint> {
  return withSource(file, checkpointOf);
}

async function checkpointOf(source: ByteSource): Promise<Checkpoint> {
  const common = { fileBytes: source.size, huggingFace: undefined };
  if (await looksLikeSafetensors(source)) {
    const { path, tensors, metadata, close } = await safetensorsOf(source);
    const root: CheckpointDict = new Map(tensors);
    return { ...common, path, format: 'safetensors', root, metadata, close };
  }
  return { ...common, ...(await torchCheckpointOf(source)), format: 'torch', metadata: {} };
}

/**
 * A safetensors file starts with its header's length, eight bytes of which the last are 0, and then a brace. One that is
 * only called so is told what is wrong with it as such, unless it is plainly something else.
 */
async function looksLikeSafetensors(source: ByteSource): Promise<boolean> {
  const isCalledSo = source.path.endsWith('.safetensors');
  if (source.size < 9) return isCalledSo;
  const start = latin1Text(await source.read(0, 9));
  return start.startsWith('\0\0\0\0{', 4) || (isCalledSo && !OTHER_STARTS.some((other) => start.startsWith(other)));
}
