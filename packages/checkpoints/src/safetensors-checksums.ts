import { CheckpointError } from './checkpoint-error.js';
import { crc32Of } from './crc32-of.js';
import { latin1Bytes, latin1Text } from './latin1.js';

/**
 * The metadata entry in which `writeSafetensors` keeps CRC-32 checksums, in hexadecimal: of the file up to its tensors
 * (this one taken as zeros), then of each tensor's bytes in the header's order.
 */
export const CHECKSUM_KEY = 'vjepa.crc32';

/**
 * How a header that carries checksums starts. No other program puts a space there: one that changed the tensors and
 * kept the metadata has written another header, and the checksums of the old one say nothing about it.
 */
const SIGNATURE = '{ "__metadata__":{"';
const opening = `${SIGNATURE}${CHECKSUM_KEY}":"`;

const DIGITS = 8;
const unknown = '0'.repeat(DIGITS);
/** Where the header's own checksum stands in the file. */
const ownChecksumAt = 8 + opening.length;

/**
 * A header's text with places for the checksums that {@link fillChecksums} writes.
 *
 * @param metadata further strings
 * @param fields the tensors' entries, as JSON
 */
export function headerWithChecksums(metadata: Readonly<Record<string, string>>, fields: readonly string[]): string {
  const checksums = Array.from({ length: fields.length + 1 }, () => unknown).join(' ');
  const others = Object.entries(metadata).filter(([key]) => key !== CHECKSUM_KEY);
  const rest = others.map(([key, value]) => `,${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `${[`${opening}${checksums}"${rest.join('')}}`, ...fields].join(',')}}`;
}

/**
 * @param header the file up to its tensors
 * @param tensors the checksum of each tensor's bytes, in the header's order
 */
export function fillChecksums(header: Uint8Array, tensors: readonly number[]): void {
  writeAt(header, ownChecksumAt, [unknown, ...tensors.map(hexadecimal)].join(' '));
  writeAt(header, ownChecksumAt, hexadecimal(crc32Of(header)));
}

/**
 * Makes sure that a header is the one that was written.
 *
 * @param header the file up to its tensors
 * @param value what its metadata have under {@link CHECKSUM_KEY}
 * @param tensors the tensors it names
 * @returns the checksum of each tensor's bytes in the header's order; undefined where another program wrote it
 * @throws CheckpointError when the header is not what its checksum says
 */
export function checkHeader(
  path: string,
  header: Uint8Array,
  value: string | undefined,
  tensors: number,
): number[] | undefined {
  const start = latin1Text(header.subarray(8, ownChecksumAt));
  if (!start.startsWith(SIGNATURE)) return undefined;
  if (value === undefined || start !== opening) throw mismatch(path, 'its header');
  const copy = Uint8Array.from(header);
  writeAt(copy, ownChecksumAt, unknown);
  const [own, ...others] = value.split(' ');
  if (others.length !== tensors || hexadecimal(crc32Of(copy)) !== own) throw mismatch(path, 'its header');
  return others.map((text) => Number.parseInt(text, 16));
}

/** Writes text without characters beyond U+00FF over a header, as far as the header goes. */
function writeAt(header: Uint8Array, position: number, text: string): void {
  header.set(latin1Bytes(text).subarray(0, Math.max(0, header.length - position)), position);
}

/** @throws CheckpointError when a tensor's bytes are not those that were written */
export function checkTensor(path: string, name: string, bytes: Uint8Array, expected: number): void {
  if (crc32Of(bytes) !== expected) throw mismatch(path, `tensor '${name}'`);
}

function mismatch(path: string, what: string): CheckpointError {
  return new CheckpointError(path, `is damaged: ${what} does not match its checksum`, 'copy or write it again');
}

function hexadecimal(value: number): string {
  return value.toString(16).padStart(DIGITS, '0');
}
