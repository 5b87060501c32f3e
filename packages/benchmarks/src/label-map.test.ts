import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readLabelMap, writeLabelMap } from './label-map.js';
import { palettePng } from './palette-png.fixture.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

describe('readLabelMap', () => {
  it.each([1, 2, 4, 8] as const)('has places in the palette, not colours, with %i bits', async (depth) => {
    const labels = Array.from({ length: 15 }, (_, i) => (i * 7) % (1 << depth));
    await folder.write({ 'a.png': palettePng(5, labels, depth) });
    const { height, width, labels: read } = await readLabelMap(folder.path('a.png'));
    expect([height, width, [...read]]).toEqual([3, 5, labels]);
  });

  it('has the grey of 8 and of 16 bits', async () => {
    const [grey, deep] = [Uint8Array.of(0, 150, 255, 3), Uint16Array.of(0, 713, 9999, 65535)];
    await folder.write({
      'grey.png': encode({ width: 2, height: 2, data: grey, channels: 1 }),
      'deep.png': encode({ width: 4, height: 1, data: deep, channels: 1, depth: 16 }),
    });
    expect((await readLabelMap(folder.path('grey.png'))).labels).toEqual(grey);
    expect((await readLabelMap(folder.path('deep.png'))).labels).toEqual(deep);
  });

  it('reads back what was written', async () => {
    for (const labels of [Uint8Array.of(0, 7, 255), Uint16Array.of(256, 1, 65535)]) {
      const map = { height: 3, width: 1, labels };
      await writeLabelMap(folder.path('map.png'), map);
      expect(await readLabelMap(folder.path('map.png'))).toEqual(map);
    }
  });

  it('says what is wrong with a file', async () => {
    await folder.write({
      'rgb.png': encode({ width: 1, height: 1, data: new Uint8Array(3), channels: 3 }),
      'text.png': 'no picture',
    });
    await expect(readLabelMap(folder.path('rgb.png'))).rejects.toThrow(
      'has 3 channels, expected one number for each pixel',
    );
    await expect(readLabelMap(folder.path('text.png'))).rejects.toThrow('cannot be read as PNG');
    await expect(readLabelMap(folder.path('none.png'))).rejects.toThrow('does not exist');
  });

  it('does not take a damaged file’s numbers for labels', async () => {
    const bytes = palettePng(
      8,
      Array.from({ length: 64 }, (_, i) => (i * 7) % 5),
    );
    // Still a stream that can be unpacked, with other numbers in it.
    const at = Buffer.from(bytes).indexOf('IDAT') + 20;
    const damaged = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte));
    await folder.write({ 'damaged.png': damaged, 'cut.png': bytes.subarray(0, bytes.length - 30) });
    await expect(readLabelMap(folder.path('damaged.png'))).rejects.toThrow(/damaged\.png: cannot be read as PNG: CRC/);
    await expect(readLabelMap(folder.path('cut.png'))).rejects.toThrow('cut.png: cannot be read as PNG');
  });

  it('reads interlaced pixels, and refuses those that share bytes, which would be read in another order', async () => {
    const labels = Array.from({ length: 13 * 11 }, (_, i) => (i * 7) % 16);
    await folder.write({
      'whole.png': palettePng(13, labels, 8, { interlaced: true }),
      'shared.png': palettePng(13, labels, 4, { interlaced: true }),
    });
    expect([...(await readLabelMap(folder.path('whole.png'))).labels]).toEqual(labels);
    await expect(readLabelMap(folder.path('shared.png'))).rejects.toThrow(
      'is interlaced with 4 bits a pixel, which is not read; save it without interlacing',
    );
  });
});
