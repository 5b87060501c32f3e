import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** elf.h, Elf64_Ehdr: its size, and where it says where the table of sections is, which linkers write last. */
const HEADER_BYTES = 64;
const [SECTIONS_AT, SECTION_BYTES, SECTIONS] = [0x28, 0x3a, 0x3c];
const MAGIC = '\x7fELF\x02\x01';

/**
 * Why a library of Linux is not whole, as after a download that broke off: the system's loader maps what is not there, and the
 * process ends by a signal where that is touched.
 *
 * @returns undefined where it is whole, is of another format, or cannot be read, which the loader says better
 */
export function cutOffLibrary(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const read = readSync(file, header, 0, HEADER_BYTES, 0);
    if (read < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
    const sections = header.readUInt16LE(SECTIONS) * header.readUInt16LE(SECTION_BYTES);
    const end = Number(header.readBigUInt64LE(SECTIONS_AT)) + sections;
    const { size } = fstatSync(file);
    return size < end ? `the file is cut off: it has ${size} bytes of at least ${end}; install it anew` : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
