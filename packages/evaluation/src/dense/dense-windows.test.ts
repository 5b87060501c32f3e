import '@vjepa/test-kit/all-close';
import { describe, expect, it } from 'vitest';
import { denseWindows, MergedMap } from './dense-windows.js';

const size = { height: 32, width: 32 };

describe('denseWindows', () => {
  it('is one window for a picture of its shape', () => {
    expect(denseWindows({ height: 100, width: 100 }, size, 8)).toEqual({
      resized: size,
      places: [{ top: 0, left: 0 }],
    });
  });

  it('begins at whole patches, overlaps by a third and ends with the picture', () => {
    const { resized, places } = denseWindows({ height: 50, width: 151 }, size, 8);
    // 32 / 50 of 151 are 96.6, of which 12 patches are kept.
    expect(resized).toEqual({ height: 32, width: 96 });
    expect(places.map(({ left }) => left)).toEqual([0, 16, 32, 48, 64]);
    const tall = denseWindows({ height: 60, width: 50 }, size, 8);
    expect(tall).toEqual({
      resized: { height: 40, width: 32 },
      places: [
        { top: 0, left: 0 },
        { top: 8, left: 0 },
      ],
    });
  });

  it.each([
    [{ height: 480, width: 640 }, 16],
    [{ height: 333, width: 500 }, 14],
    [{ height: 1000, width: 90 }, 16],
  ])('sees every patch of %j', (picture, patch) => {
    const window = { height: 2 * patch, width: 3 * patch };
    const { resized, places } = denseWindows(picture, window, patch);
    const merged = new MergedMap({ height: resized.height / patch, width: resized.width / patch }, 1);
    for (const { top, left } of places) {
      merged.add(new Float32Array(6).fill(2), { height: 2, width: 3 }, { top: top / patch, left: left / patch });
    }
    expect(merged.mean()).toEqual(new Float32Array((resized.height * resized.width) / patch ** 2).fill(2));
  });
});

describe('MergedMap', () => {
  it('has the mean of what windows say', () => {
    const map = new MergedMap({ height: 1, width: 3 }, 2);
    map.add(Float32Array.of(1, 2, 3, 4), { height: 1, width: 2 }, { top: 0, left: 0 });
    map.add(Float32Array.of(5, 6, 7, 8), { height: 1, width: 2 }, { top: 0, left: 1 });
    expect(map.mean()).toBeAllClose([1, 2, 4, 5, 7, 8], { atol: 0 });
  });
});
