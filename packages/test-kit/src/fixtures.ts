import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file or folder of the repository's `fixtures/`, or of the folder itself. */
export function fixture(path = ''): string {
  return fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url));
}

/** A JSON file of `fixtures/`, whatever it holds. */
export function readFixtureJson(path: string) {
  return JSON.parse(readFileSync(fixture(path), 'utf8'));
}

/** A tensor as a safetensors file holds it. */
export interface FixtureTensor<Data = FixtureData> {
  shape: number[];
  data: Data;
}

export type FixtureData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

const ARRAYS = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, I64: BigInt64Array };

/**
 * The tensors of a safetensors file of `fixtures/`. Packages that know nothing of files read their fixtures by it, and
 * those that do are not tested by what they are to prove.
 */
export function readFixtureTensors<Data = FixtureData>(path: string): Record<string, FixtureTensor<Data>> {
  const file = readFileSync(fixture(path));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(file.toString('utf8', 8, start)) as Record<string, Entry>;
  return Object.fromEntries(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const { buffer } = Uint8Array.from(file.subarray(start + from, start + to));
        return [name, { shape, data: new ARRAYS[dtype](buffer) as Data }];
      },
    ),
  );
}

interface Entry {
  dtype: keyof typeof ARRAYS;
  shape: number[];
  data_offsets: [number, number];
}
