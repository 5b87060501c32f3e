import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fakeOfficialArchive, noise, tarFile, tarLink } from '@vjepa/test-kit/fake-archives';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { packTar } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackTarGz } from './unpack-tar.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = temporaryFolder('tar');
  folder = join(root, 'out');
});
afterEach(() => rmSync(root, { recursive: true }));

function archive(bytes: Uint8Array): string {
  const path = join(root, 'archive.tar.gz');
  writeFileSync(path, bytes);
  return path;
}

const everything = (name: string) => name;

describe('unpackTarGz', () => {
  it('writes the files and links that are wanted, and says how far it is', async () => {
    const tar = await fakeOfficialArchive();
    const progress: number[] = [];
    const select = (name: string) => (name.startsWith('lib/') ? name.replace('lib/', '') : undefined);
    await unpackTarGz(archive(tar), { folder, select, onBytes: (_, bytes) => progress.push(bytes) });
    expect(readdirSync(folder).sort()).toEqual([
      'libtensorflow.so.2',
      'libtensorflow.so.2.18.0',
      'libtensorflow_framework.so.2',
      'libtensorflow_framework.so.2.18.0',
    ]);
    expect(readlinkSync(join(folder, 'libtensorflow.so.2'))).toBe('libtensorflow.so.2.18.0');
    expect(readFileSync(join(folder, 'libtensorflow.so.2')).equals(noise(400_000))).toBe(true);
    expect(progress.at(-1)).toBe(gunzipSync(tar).length);
  });

  it('reads names too long for a header', async () => {
    const name = `${'folder/'.repeat(40)}file.txt`;
    await unpackTarGz(archive(gzipSync(await packTar([tarFile(name, noise(10))]))), { folder, select: everything });
    expect(readFileSync(join(folder, name))).toEqual(noise(10));
  });

  it.each([
    ['ends early inside a file', (tar: Buffer) => tar.subarray(0, 200_000)],
    ['has no end mark', (tar: Buffer) => tar.subarray(0, tar.findLastIndex((byte) => byte !== 0) + 1)],
    ['has a damaged header', (tar: Buffer) => tar.fill(1, 600, 610)],
  ])('refuses an archive that %s', async (_, damage) => {
    const tar = damage(gunzipSync(await fakeOfficialArchive()));
    const unpacking = unpackTarGz(archive(gzipSync(tar)), { folder, select: everything });
    await expect(unpacking).rejects.toThrow(/archive\.tar\.gz is damaged or incomplete: /);
  });

  it('refuses one of which the compressed bytes are damaged', async () => {
    const tar = await fakeOfficialArchive();
    tar[tar.length - 6]! ^= 1;
    await expect(unpackTarGz(archive(tar), { folder, select: everything })).rejects.toThrow(/incorrect data check/);
  });

  it.each([
    ['a name', tarFile('../outside', noise(10))],
    ['a link', tarLink('./lib/link', '../../outside')],
    ['a link from the root', tarLink('./lib/link', '/etc/passwd')],
  ])('refuses %s that leads outside', async (_, entry) => {
    const unpacking = unpackTarGz(archive(await fakeOfficialArchive([entry])), { folder, select: everything });
    await expect(unpacking).rejects.toThrow(/outside/);
    expect(readdirSync(root).sort()).toEqual(['archive.tar.gz', 'out']);
  });
});
