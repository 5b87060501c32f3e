import { readFile, stat } from 'node:fs/promises';
import { BenchmarkError } from './benchmark-error.js';

/** Above this a file does not fit into one JavaScript string. */
const STRING_LIMIT = 500 * 1024 * 1024;

/**
 * Reads a text file: UTF-8, or UTF-16 as its byte order mark says (Windows writes it); the mark is dropped.
 *
 * @throws BenchmarkError when the file is missing, a folder, unreadable, above 500 MiB or no text
 */
export async function readText(path: string): Promise<string> {
  return decodeText(path, await readBytes(path));
}

/** @throws BenchmarkError when the file is missing, a folder, unreadable or above 500 MiB */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= STRING_LIMIT) return await readFile(path);
    throw new BenchmarkError(path, `the file has ${size} bytes, at most ${STRING_LIMIT} can be read; split it`);
  } catch (error) {
    if (error instanceof BenchmarkError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new BenchmarkError(path, 'the file does not exist; check the path', undefined, 'missing');
    if (code === 'EISDIR') throw new BenchmarkError(path, 'is a folder; expected a file');
    throw new BenchmarkError(path, `the file cannot be read: ${message}`);
  }
}

/**
 * The text in the bytes of a file: UTF-8, or UTF-16 as the byte order mark says (Windows writes it); the mark is dropped.
 *
 * @throws BenchmarkError naming the file when it is no text
 */
export function decodeText(path: string, bytes: Buffer): string {
  const mark = bytes.toString('latin1', 0, 2);
  const encoding = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new BenchmarkError(path, `is no ${encoding.toUpperCase()} text; save it as UTF-8`);
  }
}

export interface TextLine {
  text: string;
  /** 1-based. */
  number: number;
}

/** Lines that are not blank, with their numbers. */
export async function readLines(path: string): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  let number = 0;
  for (const text of (await readText(path)).split(/\r\n|\n|\r/)) {
    number++;
    if (text.trim() !== '') lines.push({ text, number });
  }
  return lines;
}

/** Parses a JSON file. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BenchmarkError(path, `is not JSON: ${(error as Error).message}`);
  }
}

/** A whole number of at least 0, written in digits only; undefined for anything else. */
export function parseIndex(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
