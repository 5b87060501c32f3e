import { writeFileAtomically } from '@vjepa/files';
import { type DecodedPng, decode, encode } from 'fast-png';
import { BenchmarkError } from './benchmark-error.js';
import { readBytes } from './text-file.js';

/** A number for each pixel of a picture. */
export interface LabelMap {
  height: number;
  width: number;
  /** [height * width], by row: what the file has, which is 0..255, or 0..65535 of one with 16 bits. */
  labels: Uint8Array | Uint16Array;
}

/**
 * Reads a PNG that holds a number for each pixel: the place in its palette, as in PASCAL VOC and DAVIS, or its grey, as in ADE20K
 * and in depth maps. Whatever reads pictures would give the palette's colours.
 *
 * @throws BenchmarkError for a file that is missing, damaged, no PNG, of colours, or interlaced with fewer than 8 bits a pixel
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  const bytes = await readBytes(path);
  requireReadable(path, bytes);
  const { width, height, depth, channels, data } = decoded(path, bytes);
  if (channels !== 1) {
    const remedy = 'save it as grey, or with a palette, each pixel the number of its class';
    throw new BenchmarkError(path, `has ${channels} channels, expected one number for each pixel; ${remedy}`);
  }
  const labels = depth < 8 ? unpacked(data, { width, height, depth }) : plain(data);
  return { height, width, labels };
}

/** Writes what {@link readLabelMap} reads, as grey of 8 or, from a `Uint16Array`, of 16 bits: a file that is whole or not there. */
export async function writeLabelMap(path: string, { height, width, labels }: LabelMap): Promise<void> {
  const depth = labels instanceof Uint16Array ? 16 : 8;
  writeFileAtomically(path, encode({ width, height, data: labels, channels: 1, depth }));
}

/** Where a PNG's header has the bits of a pixel and whether rows are interlaced. */
const [BITS_AT, INTERLACED_AT] = [24, 28];

/** The decoder takes interlaced rows for whole bytes, and would mix up pixels that share one. */
function requireReadable(path: string, bytes: Uint8Array): void {
  const bits = bytes[BITS_AT]!;
  if (!(bits < 8) || bytes[INTERLACED_AT] !== 1) return;
  throw new BenchmarkError(
    path,
    `is interlaced with ${bits} bits a pixel, which is not read; save it without interlacing`,
  );
}

function decoded(path: string, bytes: Uint8Array): DecodedPng {
  try {
    // Nothing else tells labels that are damaged from others.
    return decode(bytes, { checkCrc: true });
  } catch (error) {
    const reason = (error as Error).message.trim().replace(/:$/, '');
    throw new BenchmarkError(path, `cannot be read as PNG: ${reason}`);
  }
}

function plain(data: DecodedPng['data']): Uint8Array | Uint16Array {
  return data instanceof Uint16Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** Pixels of 1, 2 or 4 bits, of which several share a byte, the first in the highest bits; each row begins with a byte. */
function unpacked(
  data: DecodedPng['data'],
  { width, height, depth }: { width: number; height: number; depth: number },
): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [y, bit] = [Math.floor(i / width), (i % width) * depth];
    return (data[y * rowBytes + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  });
}
