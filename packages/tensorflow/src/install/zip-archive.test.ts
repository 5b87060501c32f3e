import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noise, zip64 } from './fake-archives.fixture.js';
import { extractZipEntry, listZip } from './zip-archive.js';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'vjepa-zip-')), 'archive.zip');
});
afterEach(() => rmSync(dirname(path), { recursive: true }));

describe('a zip archive', () => {
  it('lists its files, and unpacks one, compressed or stored', async () => {
    const text = Buffer.from('a tube of tokens '.repeat(1000));
    writeFileSync(
      path,
      zipSync({ 'a/packed.txt': text, 'stored.bin': [noise(100), { level: 0 }], empty: new Uint8Array() }),
    );
    const entries = await listZip(path);
    expect(entries.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['a/packed.txt', text.length],
      ['stored.bin', 100],
      ['empty', 0],
    ]);
    const contents: Buffer[] = [];
    let reported = 0;
    for (const entry of entries) {
      await extractZipEntry(path, entry, `${path}.out/${entry.name}`, (bytes) => {
        reported += bytes;
      });
      contents.push(readFileSync(`${path}.out/${entry.name}`));
    }
    expect(contents).toEqual([text, noise(100), Buffer.alloc(0)]);
    expect(reported).toBe(text.length + 100);
  });

  it('may be of the kind for more than 4 GiB', async () => {
    writeFileSync(path, zip64('tensorflow/large.so', noise(5000)));
    const [entry] = await listZip(path);
    expect(entry).toMatchObject({ name: 'tensorflow/large.so', bytes: 5000, compressedBytes: 5000, offset: 0 });
    await extractZipEntry(path, entry!, `${path}.out`);
    expect(readFileSync(`${path}.out`)).toEqual(noise(5000));
  });

  it('is refused where its data is damaged', async () => {
    const archive = zipSync({ 'data.bin': noise(10_000) });
    archive[5000]! ^= 1;
    writeFileSync(path, archive);
    const [entry] = await listZip(path);
    await expect(extractZipEntry(path, entry!, `${path}.out`)).rejects.toThrow(/damaged at data\.bin/);
  });

  it('is refused where its end is missing', async () => {
    writeFileSync(path, zipSync({ 'data.bin': noise(10_000) }).subarray(0, 9000));
    await expect(listZip(path)).rejects.toThrow(/not a zip file, or not all of it/);
  });
});
