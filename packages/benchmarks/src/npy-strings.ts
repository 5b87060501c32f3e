import { BenchmarkError } from './benchmark-error.js';
import { readBytes } from './text-file.js';

/**
 * Reads a one-dimensional NumPy array of strings (`.npy`): fixed-width unicode or bytes (`<U12`, `|S12`). An array of
 * Python objects is a pickle, a program that could do anything, and is refused.
 *
 * @throws BenchmarkError for other arrays and for damaged files
 */
export async function readNpyStrings(path: string): Promise<string[]> {
  const bytes = await readBytes(path);
  const { type, length, body, littleEndian } = parseHeader(path, bytes);
  return fixedWidthStrings(path, type, length, body, littleEndian);
}

interface NpyHeader {
  /** 'U12' or 'S12'. */
  type: string;
  length: number;
  body: Buffer;
  littleEndian: boolean;
}

/** The header is a Python dictionary in text: {'descr': '<U12', 'fortran_order': False, 'shape': (3,), }. */
function parseHeader(path: string, bytes: Buffer): NpyHeader {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw new BenchmarkError(path, 'is not a NumPy array file; write it with numpy.save');
  }
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw new BenchmarkError(path, 'ends in its header; write it again');
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('latin1', start, end);
  const descr = /'descr':\s*'([<>|=]?)([A-Za-z]\d*)'/.exec(header);
  const shape = /'shape':\s*\((\d+),\)/.exec(header);
  if (descr?.[2] === 'O') {
    throw new BenchmarkError(
      path,
      'holds pickled Python objects, which are not read; save its strings as such: ' +
        `numpy.save('${path}', numpy.load('${path}', allow_pickle=True).astype('U'))`,
    );
  }
  if (descr === null || shape === null || !/^([US][1-9]\d*)$/.test(descr[2]!)) {
    throw new BenchmarkError(
      path,
      `is ${header.trim().slice(0, 200)}; expected a one-dimensional array of paths (strings)`,
    );
  }
  return { type: descr[2]!, length: Number(shape[1]), body: bytes.subarray(end), littleEndian: descr[1] !== '>' };
}

function fixedWidthStrings(path: string, type: string, length: number, body: Buffer, littleEndian: boolean): string[] {
  const width = Number(type.slice(1)) * (type.startsWith('U') ? 4 : 1);
  if (body.length !== length * width) {
    throw new BenchmarkError(path, `has ${body.length} bytes of data, expected ${length * width}; write it again`);
  }
  return Array.from({ length }, (_, place) => {
    const item = body.subarray(place * width, (place + 1) * width);
    if (type.startsWith('S')) return item.toString('utf8').replace(/\0+$/, '');
    let text = '';
    for (let at = 0; at < width; at += 4) {
      const code = littleEndian ? item.readUInt32LE(at) : item.readUInt32BE(at);
      if (code > 0x10ffff)
        throw new BenchmarkError(path, `string ${place} has a character that is none; write it again`);
      if (code !== 0) text += String.fromCodePoint(code);
    }
    return text;
  });
}
