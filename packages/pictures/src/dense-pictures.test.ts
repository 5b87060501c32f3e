import { describe, expect, it } from 'vitest';
import { densePictures } from './dense-pictures.js';
import { foreground, otsuThreshold } from './foreground.js';

const GRID = { depth: 4, height: 6, width: 8 };

/**
 * Features of a thing of 2 x 3 patches that goes right by one a time step, each of its patches of a kind of its own, before a
 * background that is the same everywhere but for a little that changes from step to step.
 */
function video(sign = 1) {
  const D = 6;
  const kinds = new Map<number, number>();
  const { depth, height, width } = GRID;
  const features = new Float32Array(depth * height * width * D);
  for (let token = 0; token < depth * height * width; token++) {
    const [t, y, x] = [Math.floor(token / (height * width)), Math.floor(token / width) % height, token % width];
    const [row, column] = [y - 2, x - 1 - t];
    const inside = row >= 0 && row < 2 && column >= 0 && column < 3;
    const values = inside ? [10, 3 * row, 2 * column, row * column, 0, 1] : [0, 0, 0, 0, 0.1 * t, 0];
    features.set(
      values.map((value) => sign * value),
      token * D,
    );
    if (inside) kinds.set(token, row * 3 + column);
  }
  return { features, kinds };
}

const colorOf = (data: Uint8Array, place: number) => [...data.subarray(place * 3, place * 3 + 3)].join();

describe('densePictures', () => {
  it.each([1, -1])('shows the foreground alone, in colours that go with it (sign %i)', (sign) => {
    const { features, kinds } = video(sign);
    const { pictures, foreground: share, explained } = densePictures({ features, grid: GRID }, 1);
    expect(pictures).toHaveLength(4);
    expect(share).toBeCloseTo(6 / 48, 10);
    expect(explained.reduce((sum, own) => sum + own, 0)).toBeCloseTo(1, 3);
    const colors = new Map<number, Set<string>>();
    for (const [t, { data }] of pictures.entries()) {
      for (let place = 0; place < 48; place++) {
        const kind = kinds.get(t * 48 + place);
        if (kind === undefined) expect(colorOf(data, place)).toBe('0,0,0');
        else colors.set(kind, (colors.get(kind) ?? new Set()).add(colorOf(data, place)));
      }
    }
    // One colour for each kind over all steps, and six of them.
    expect([...colors.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(new Set([...colors.values()].flatMap((own) => [...own])).size).toBe(6);
  });

  it('has colours for the background, too, where it is asked for', () => {
    const { features, kinds } = video();
    const { pictures, foreground: share } = densePictures({ features, grid: GRID }, 1, { background: true });
    expect(share).toBe(1);
    const colorsAt = (t: number) => [...Array(48).keys()].map((place) => colorOf(pictures[t]!.data, place));
    const behind = colorsAt(0).filter((_, place) => !kinds.has(place));
    expect(new Set(behind).size).toBe(1);
    expect(behind[0]).not.toBe('0,0,0');
    expect(new Set(colorsAt(0)).size).toBe(7);
  });

  it('enlarges patches, and survives features that are all the same', () => {
    const grid = { depth: 1, height: 2, width: 2 };
    const { pictures } = densePictures({ features: new Float32Array(16).fill(3), grid }, 4);
    expect([pictures[0]!.width, pictures[0]!.height]).toEqual([8, 8]);
  });

  it('refuses what has no three directions', () => {
    const grid = { depth: 1, height: 2, width: 2 };
    expect(() => densePictures({ features: new Float32Array(8), grid }, 4)).toThrow(/3 components/);
  });
});

describe('foreground', () => {
  it('divides values where they differ most', () => {
    const threshold = otsuThreshold([0, 0.1, 0.2, 5, 5.1, 5.3]);
    expect(threshold).toBeGreaterThan(0.2);
    expect(threshold).toBeLessThan(5);
    expect(otsuThreshold([2, 2])).toBe(2);
  });

  it('is the kind that is less often at the edge', () => {
    const values = [0, 0, 0, 0, 9, 0, 0, 0, 0];
    const size = { height: 3, width: 3 };
    expect([...foreground(values, size)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([
      ...foreground(
        values.map((value) => -value),
        size,
      ),
    ]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });
});
