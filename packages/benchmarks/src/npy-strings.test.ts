import { describe, expect, it } from 'vitest';
import { readNpyStrings } from './npy-strings.js';
import { temporaryFolder } from './temporary-folder.fixture.js';
import { readVideoIndex } from './video-index.js';

/** Written by numpy.save (NumPy 2.4.6), base64. */
const FILES = {
  unicode:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPFUxNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAp2AAAAaQAAAGQAAABlAAAAbwAAAHMAAAAvAAAAYQAAAC4AAABtAAAAcAAAADQAAAAAAAAAAAAAAHYAAABpAAAAZAAAAGUAAABvAAAAcwAAAC8AAABiAAAAIAAAAGMAAAAuAAAAbQAAAHAAAAA0AAAAdgAAAGkAAABkAAAA6QAAAG8AAABzAAAALwAAAPwAAAAuAAAAdwAAAGUAAABiAAAAbQAAAAAAAAA=',
  objects:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJW8AAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwOFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlCiMDHZpZGVvcy9hLm1wNJSMDnZpZGVvcy9iIGMubXA0lIwPdmlkw6lvcy/DvC53ZWJtlGV0lGIu',
  bytes:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfFM2JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphLm1wNABiYi5tcDQ=',
  floats:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA',
};

const folder = temporaryFolder();

async function read(name: keyof typeof FILES, change = (bytes: Buffer) => bytes): Promise<string[]> {
  await folder.write({ 'a.npy': change(Buffer.from(FILES[name], 'base64')) });
  return readNpyStrings(folder.path('a.npy'));
}

describe('readNpyStrings', () => {
  it('reads fixed-width strings', async () => {
    expect(await read('unicode')).toEqual(['videos/a.mp4', 'videos/b c.mp4', 'vidéos/ü.webm']);
    expect(await read('bytes')).toEqual(['a.mp4', 'bb.mp4']);
  });

  it('serves as an index with label 0', async () => {
    await read('unicode');
    const { entries } = await readVideoIndex(folder.path('a.npy'), { checkFiles: false });
    expect(entries.map(({ path, label, line }) => [path, label, line])[1]).toEqual([
      folder.path('videos/b c.mp4'),
      0,
      2,
    ]);
  });

  it('refuses a pickle with the line of NumPy that mends it', async () => {
    const file = folder.path('a.npy');
    await expect(read('objects')).rejects.toThrow(
      `numpy.save('${file}', numpy.load('${file}', allow_pickle=True).astype('U'))`,
    );
  });

  it('refuses what would never end or is no text', async () => {
    const header = (descr: string, length: string) => (bytes: Buffer) => {
      const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${length},), }`.padEnd(118, ' ');
      return Buffer.concat([bytes.subarray(0, 10), Buffer.from(text.slice(0, 117)), Buffer.from('\n')]);
    };
    await expect(read('bytes', header('<U0', '9007199254740991'))).rejects.toThrow('expected a one-dimensional array');
    const noCharacter = (bytes: Buffer) => Buffer.concat([header('<U1', '1')(bytes), Buffer.from([0, 0, 0x11, 0])]);
    await expect(read('bytes', noCharacter)).rejects.toThrow('string 0 has a character that is none');
    await expect(read('bytes', (bytes) => bytes.subarray(0, 7))).rejects.toThrow('is not a NumPy array file');
  });

  it('refuses everything else', async () => {
    await expect(read('floats')).rejects.toThrow('expected a one-dimensional array of paths (strings)');
    await expect(read('unicode', (bytes) => bytes.subarray(0, -4))).rejects.toThrow('bytes of data, expected');
    await expect(read('unicode', () => Buffer.from('path 0'))).rejects.toThrow('is not a NumPy array file');
  });
});
