import type { ByteSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointFile, withSource } from './checkpoint-file.js';
import type { HostTensor } from './host-tensor.js';
import { CHECKSUM_KEY, checkHeader, checkTensor } from './safetensors-checksums.js';
import { MAX_HEADER_BYTES, parseSafetensorsHeader } from './safetensors-header.js';
import { readHostTensor, type StoredTensor, storedTensor } from './stored-tensor.js';

/** An open safetensors file. Only its header has been read. */
export interface SafetensorsFile {
  readonly path: string;
  /** Without the entry that holds the checksums. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether it carries checksums, as `writeSafetensors` gives it; whatever is read has then been verified. */
  readonly checksums: boolean;
  /** In the header's order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Tensors cannot be read any more afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a safetensors file to read it tensor by tensor. Where it carries `writeSafetensors`'s checksums, they are
 * verified: the header's now, a tensor's each time it is read.
 *
 * @throws CheckpointError when the file is missing, truncated, or its header is damaged
 */
export function openSafetensors(file: CheckpointFile): Promise<SafetensorsFile> {
  return withSource(file, safetensorsOf);
}

/** {@link openSafetensors} of a source that is open; who opened it closes it when this fails. */
export async function safetensorsOf(source: ByteSource): Promise<SafetensorsFile> {
  const { path } = source;
  const dataStart = 8 + (await readHeaderLength(source));
  const header = await source.read(0, dataStart);
  const { metadata, entries } = parseSafetensorsHeader(
    path,
    decodeText(path, header.subarray(8)),
    source.size - dataStart,
  );
  const { [CHECKSUM_KEY]: checksums, ...rest } = metadata;
  const expected = checkHeader(path, header, checksums, entries.length);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, start, end }, index) => {
      const readBytes = async () => {
        const bytes = await source.read(dataStart + start, end - start);
        if (expected) checkTensor(path, name, bytes, expected[index]!);
        return bytes;
      };
      return [name, storedTensor(dtype, shape, readBytes)];
    }),
  );
  return { path, metadata: rest, checksums: expected !== undefined, tensors, close: () => source.close() };
}

/**
 * All tensors of a safetensors file that fits in memory. Half types widen to float32.
 *
 * @throws CheckpointError when the file is missing, truncated or damaged
 */
export async function readSafetensors(file: CheckpointFile): Promise<Record<string, HostTensor>> {
  const { tensors, close } = await openSafetensors(file);
  try {
    const read: [string, HostTensor][] = [];
    for (const [name, tensor] of tensors) read.push([name, await readHostTensor(tensor)]);
    return Object.fromEntries(read);
  } finally {
    await close();
  }
}

function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const problem = 'its header is not UTF-8';
    throw new CheckpointError(path, problem, 'the file is damaged: copy or download it again', { cause: error });
  }
}

async function readHeaderLength(file: ByteSource): Promise<number> {
  const length = file.size < 8 ? undefined : new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (length === undefined || length > BigInt(MAX_HEADER_BYTES) || Number(length) > file.size - 8) {
    const found = length === undefined ? `${file.size} bytes` : `a header of ${length} bytes in ${file.size} bytes`;
    throw new CheckpointError(
      file.path,
      `has ${found}, expected 8 bytes and a JSON header of at most 100 MB`,
      'the file is truncated, damaged or not a safetensors file: copy, download or convert it again',
    );
  }
  return Number(length);
}
