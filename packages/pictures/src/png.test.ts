import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng } from './png.js';
import { createPicture, fillRectangle } from './rgb-picture.js';

describe('encodePng', () => {
  it('writes the signature, the size and the rows, each behind a filter byte', () => {
    const picture = createPicture(3, 2, [10, 20, 30]);
    fillRectangle(picture, { x: 2, y: 1, width: 5, height: 5 }, [200, 100, 0]);
    const png = Buffer.from(encodePng(picture));
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2]);
    const length = png.readUInt32BE(33);
    const rows = inflateSync(png.subarray(41, 41 + length));
    expect(Array.from(rows)).toEqual([0, 10, 20, 30, 10, 20, 30, 10, 20, 30, 0, 10, 20, 30, 10, 20, 30, 200, 100, 0]);
    // The CRC of an empty IEND chunk is a constant of the format.
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
  });

  it('refuses data of the wrong size', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(11) })).toThrow(/has 12 bytes, found 11/);
  });
});
