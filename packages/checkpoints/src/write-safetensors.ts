import { CheckpointError } from './checkpoint-error.js';
import { crc32Of } from './crc32-of.js';
import { type DataType, dataTypes } from './data-type.js';
import { elementCount } from './host-tensor.js';
import { fillChecksums, headerWithChecksums } from './safetensors-checksums.js';
import { MAX_HEADER_BYTES } from './safetensors-header.js';
import { tensorBytes } from './tensor-bytes.js';
import { storedDataType, type TensorSource } from './tensor-source.js';
import { writeAtomically } from './write-atomically.js';

interface PlacedTensor {
  tensor: TensorSource;
  start: number;
  end: number;
}

/**
 * Writes a safetensors file, one tensor in memory at a time; the file appears under its name only when it is whole.
 * Its metadata carries checksums of the header and of every tensor, which `openSafetensors` verifies.
 *
 * @param tensors in memory, or still in another open file
 * @param metadata strings for the header's `__metadata__`
 * @throws CheckpointError when the file cannot be written, or its header would be larger than the format allows;
 * TypeError when a tensor's shape and data disagree
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorSource>> | ReadonlyMap<string, TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const named = new Map(tensors instanceof Map ? tensors : Object.entries(tensors));
  if (named.has('__metadata__')) {
    throw new CheckpointError(path, "a tensor is called '__metadata__'", 'safetensors keeps that name: rename it');
  }
  for (const [name, tensor] of named) requireCode(path, name, storedDataType(tensor));
  const placed = placeTensors(named);
  const header = encodeHeader(named, placed, metadata);
  if (header.length - 8 > MAX_HEADER_BYTES) {
    const problem = `its header would have ${header.length - 8} bytes, and safetensors allows ${MAX_HEADER_BYTES}`;
    throw new CheckpointError(path, problem, 'write less metadata, or fewer tensors to a file');
  }
  await writeAtomically(path, async (sink) => {
    const checksums = new Map<string, number>();
    await sink.write(header);
    for (const [name, { tensor }] of placed) {
      const bytes = await tensorBytes(tensor);
      checksums.set(name, crc32Of(bytes));
      await sink.write(bytes);
    }
    fillChecksums(
      header,
      Array.from(named.keys(), (name) => checksums.get(name)!),
    );
    await sink.rewriteStart(header);
  });
}

function requireCode(path: string, name: string, dtype: DataType): void {
  if (dataTypes[dtype].safetensors !== undefined) return;
  throw new CheckpointError(
    path,
    `tensor '${name}' is of type ${dtype}, for which safetensors has no code`,
    'write a .pth.tar file, or leave the tensor out',
  );
}

/** Byte ranges in file order: wide types first, so that every tensor lies aligned to its type. */
function placeTensors(named: ReadonlyMap<string, TensorSource>): Map<string, PlacedTensor> {
  const width = (tensor: TensorSource) => dataTypes[storedDataType(tensor)].bytes;
  let end = 0;
  return new Map(
    [...named]
      .sort(([, a], [, b]) => width(b) - width(a))
      .map(([name, tensor]) => {
        const start = end;
        end += elementCount(tensor.shape) * width(tensor);
        return [name, { tensor, start, end }];
      }),
  );
}

/** The header keeps the caller's order of names and is padded so that the tensors start at a multiple of 8. */
function encodeHeader(
  named: ReadonlyMap<string, TensorSource>,
  placed: ReadonlyMap<string, PlacedTensor>,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const fields = [...named].map(([name, tensor]) => {
    const { start, end } = placed.get(name)!;
    const entry = {
      dtype: dataTypes[storedDataType(tensor)].safetensors,
      shape: tensor.shape,
      data_offsets: [start, end],
    };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  const text = Buffer.from(headerWithChecksums(metadata, fields), 'utf8');
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);
  return header;
}
