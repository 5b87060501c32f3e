import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, zip64 } from '@vjepa/test-kit/fake-archives';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackWheel } from './unpack-wheel.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = temporaryFolder('wheel');
  folder = join(root, 'out');
});
afterEach(() => rmSync(root, { recursive: true }));

function wheel(archive: Uint8Array): string {
  const path = join(root, 'archive.whl');
  writeFileSync(path, archive);
  return path;
}

const unpacked = (name: string) => readFileSync(join(folder, name));
const everything = (name: string) => name;

describe('unpackWheel', () => {
  it('writes the files that are wanted, compressed, stored and empty ones, and says how far it is', async () => {
    const text = Buffer.from('a tube of tokens '.repeat(1000));
    const path = wheel(
      zipSync({
        'a/packed.txt': text,
        'stored.bin': [noise(100), { level: 0 }],
        empty: new Uint8Array(),
        'bin/tool': [Buffer.from('tool'), { os: 3, attrs: 0o100755 << 16 }],
        'unwanted.txt': text,
      }),
    );
    const progress: unknown[] = [];
    const select = (name: string) => (name === 'unwanted.txt' ? undefined : name.replace('a/', 'b/'));
    await unpackWheel(path, { folder, select, onBytes: (...state) => progress.push(state) });
    expect(['b/packed.txt', 'stored.bin', 'empty'].map(unpacked)).toEqual([text, noise(100), Buffer.alloc(0)]);
    expect(() => unpacked('unwanted.txt')).toThrow(/ENOENT/);
    expect(statSync(join(folder, 'bin/tool')).mode & 0o777).toBe(0o755 & ~process.umask());
    const totalBytes = text.length + 104;
    expect(progress.at(-1)).toEqual(['bin/tool', totalBytes, totalBytes]);
  });

  it('reads archives of the kind for more than 4 GiB', async () => {
    await unpackWheel(wheel(zip64('tensorflow/large.so', noise(5000))), { folder, select: everything });
    expect(unpacked('tensorflow/large.so')).toEqual(noise(5000));
  });

  it.each([
    ['compressed', 6, 'a tube of tokens '.repeat(1000)],
    ['stored', 0, 'a tube of tokens '],
  ] as const)('refuses %s data that is damaged', async (_, level, text) => {
    const archive = zipSync({ 'data.bin': [Buffer.from(text), { level }] });
    archive[45]! ^= 1;
    const unpacking = unpackWheel(wheel(archive), { folder, select: everything });
    await expect(unpacking).rejects.toThrow(/archive\.whl is damaged at data\.bin: /);
  });

  it('refuses an archive whose end is missing', async () => {
    const path = wheel(zipSync({ 'data.bin': noise(10_000) }).subarray(0, 9000));
    await expect(unpackWheel(path, { folder, select: everything })).rejects.toThrow(/not a zip file, or not all of it/);
  });

  it.each(['../outside', '/outside', 'a/../../outside', 'C:/outside', 'a\\outside'])(
    'refuses the name %s',
    async (name) => {
      const path = wheel(zipSync({ [name]: noise(10) }));
      await expect(unpackWheel(path, { folder, select: everything })).rejects.toThrow(/archive\.whl is damaged: /);
    },
  );
});
