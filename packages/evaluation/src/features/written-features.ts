import { type StoredTensor, storedTensor, writeSafetensors } from '@vjepa/checkpoints';
import { writeFileAtomically } from '@vjepa/training';

/** Most bytes of features in a safetensors file, which is written tensor by tensor. */
export const MOST_SAFETENSORS_BYTES = 2 ** 31;

/** Features of some files, row by row, and what they are of. */
export interface FeatureFile {
  /** Of all features together. */
  shape: number[];
  /** Each file's features, float32 and little-endian, in order; can be gone through more than once. */
  rows: Iterable<Uint8Array>;
  /** Class numbers, one a row; undefined where there are none. */
  labels: Int32Array | undefined;
  /** Files, frames, model: whatever else belongs to the features. */
  about: Record<string, unknown>;
}

/** Whether a file is of NumPy's format, by its name. */
export function isNpy(path: string): boolean {
  return path.toLowerCase().endsWith('.npy');
}

/** The list beside a `.npy` file: what a safetensors file has in its metadata. */
export function listBeside(path: string): string {
  return `${path}.json`;
}

/**
 * Writes features in the format that the file's name promises: safetensors, with tensors `features` and, where there are
 * labels, `labels`, and what they are of in the metadata; or NumPy's `.npy`, with all that in a JSON file beside it.
 * Files are complete or absent.
 */
export async function writeFeatureFile(path: string, features: FeatureFile): Promise<void> {
  const { shape, labels, about } = features;
  if (isNpy(path)) {
    const list = { ...about, ...(labels ? { labels: [...labels] } : {}), shape };
    writeFileAtomically(listBeside(path), `${JSON.stringify(list, null, 2)}\n`);
    writeFileAtomically(path, npyBytes(features));
    return;
  }
  const metadata = Object.fromEntries(
    Object.entries(about).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  const tensors: Record<string, StoredTensor | { shape: number[]; data: Int32Array }> = {
    features: storedTensor('float32', shape, async () => joined(features)),
  };
  if (labels) tensors.labels = { shape: [labels.length], data: labels };
  await writeSafetensors(path, tensors, metadata);
}

function joined({ shape, rows }: FeatureFile): Uint8Array {
  const whole = new Uint8Array(4 * shape.reduce((product, length) => product * length, 1));
  let at = 0;
  for (const row of rows) {
    whole.set(row, at);
    at += row.length;
  }
  return whole;
}

/** The header of NumPy's format, version 1.0, and the rows. */
function* npyBytes({ shape, rows }: FeatureFile): Generator<Uint8Array> {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Magic, version and length take 10 bytes; the whole header is a multiple of 64 and ends in a line feed.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', 10 + length - 1, 'latin1');
  yield header;
  yield* rows;
}
