import { CheckpointError } from './checkpoint-error.js';
import { type DataType, dataTypes } from './data-type.js';
import { elementCount } from './host-tensor.js';
import { checkStructure } from './safetensors-structure.js';

/** Where a tensor's elements lie, relative to the end of the header. */
interface SafetensorsEntry {
  name: string;
  dtype: DataType;
  shape: number[];
  start: number;
  end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In the header's order. */
  entries: SafetensorsEntry[];
}

/** The format's own limit on the header. */
export const MAX_HEADER_BYTES = 100_000_000;

const DAMAGED = 'the file is damaged or not a safetensors file: copy, download or convert it again';
const TRUNCATED = 'the file is truncated or damaged: copy or download it again';

const typesByCode = new Map<unknown, DataType>(
  Object.entries(dataTypes).flatMap(([dtype, { safetensors }]) =>
    safetensors ? [[safetensors, dtype as DataType]] : [],
  ),
);

/**
 * Parses a header and checks all of it: known types, shapes that fit the byte ranges, and byte ranges that cover the
 * rest of the file exactly once.
 *
 * @param dataBytes bytes in the file after the header
 * @throws CheckpointError that names the first thing wrong
 */
export function parseSafetensorsHeader(path: string, text: string, dataBytes: number): SafetensorsHeader {
  const header = parseObject(path, text);
  const metadata = parseMetadata(path, header.__metadata__);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(path, name, value));
  checkCoverage(path, entries, dataBytes);
  return { metadata, entries };
}

function parseObject(path: string, text: string): Record<string, unknown> {
  checkStructure(path, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(path, `its header is not JSON (${(error as Error).message})`, DAMAGED, { cause: error });
  }
  if (!isRecord(value)) throw new CheckpointError(path, 'its header is not a JSON object', DAMAGED);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseMetadata(path: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || Object.values(value).some((entry) => typeof entry !== 'string')) {
    throw new CheckpointError(path, 'its header metadata is not a table of strings', DAMAGED);
  }
  return value as Record<string, string>;
}

function parseEntry(path: string, name: string, value: unknown): SafetensorsEntry {
  const tensor = `tensor '${name}'`;
  if (!isRecord(value)) throw new CheckpointError(path, `${tensor} is not described by a JSON object`, DAMAGED);
  const dtype = typesByCode.get(value.dtype);
  if (dtype === undefined) {
    const known = [...typesByCode.keys()].join(', ');
    throw new CheckpointError(
      path,
      `${tensor} has type ${shown(value.dtype)}, expected one of ${known}`,
      'convert it to one of these types first',
    );
  }
  const { shape, data_offsets: offsets } = value;
  if (!isLengths(shape)) {
    throw new CheckpointError(
      path,
      `${tensor} has shape ${shown(shape)}, expected up to 64 lengths from 0 on`,
      DAMAGED,
    );
  }
  if (!isLengths(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    const problem = `${tensor} has data_offsets ${shown(offsets)}, expected [start, end]`;
    throw new CheckpointError(path, problem, DAMAGED);
  }
  const [start, end] = offsets as [number, number];
  const bytes = elementCount(shape) * dataTypes[dtype].bytes;
  if (end - start !== bytes) {
    const problem = `${tensor} of type ${value.dtype} and shape [${shape}] has ${end - start} bytes, expected ${bytes}`;
    throw new CheckpointError(path, problem, DAMAGED);
  }
  return { name, dtype, shape, start, end };
}

/** A header may hold megabytes where a few characters belong. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function isLengths(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length <= 64 && value.every((length) => Number.isSafeInteger(length) && length >= 0)
  );
}

function checkCoverage(path: string, entries: readonly SafetensorsEntry[], dataBytes: number): void {
  let covered = 0;
  let previous = 'the header';
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < covered) throw new CheckpointError(path, `tensor '${name}' overlaps ${previous}`, DAMAGED);
    if (start > covered) {
      throw new CheckpointError(path, `${start - covered} bytes before tensor '${name}' belong to no tensor`, DAMAGED);
    }
    if (end > dataBytes) {
      const problem = `tensor '${name}' ends ${end - dataBytes} bytes after the end of the file`;
      throw new CheckpointError(path, problem, TRUNCATED);
    }
    covered = end;
    previous = `tensor '${name}'`;
  }
  if (covered < dataBytes) {
    throw new CheckpointError(path, `its last ${dataBytes - covered} bytes belong to no tensor`, DAMAGED);
  }
}
