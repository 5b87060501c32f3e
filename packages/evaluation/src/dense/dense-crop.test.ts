import { mersenneTwister } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { centreCrop, covering, cutOut, randomCrop } from './dense-crop.js';
import type { DensePicture } from './dense-set.js';

/** A picture whose red is its column and green its row, and whose target is the place of the pixel. */
function places(width: number, height: number): DensePicture {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return [x, y, 0][i % 3]!;
  });
  const values = Uint8Array.from({ length: width * height }, (_, i) => i);
  return { picture: { data, frames: 1, height, width }, targets: { height, width, values } };
}

const size = { height: 4, width: 4 };
const same = (width: number, height: number) => ({ resized: { width, height }, top: 0, left: 0, mirrored: false });

describe('crops', () => {
  it('cover the crop with one side equal, in the middle', () => {
    expect(covering({ width: 9, height: 6 }, size)).toEqual({ width: 6, height: 4 });
    expect(covering({ width: 9, height: 6 }, size, 0.5)).toEqual({ width: 3, height: 2 });
    expect(centreCrop({ width: 9, height: 6 }, size)).toEqual({ ...same(6, 4), left: 1 });
  });

  it('have pixels and targets of the same places', () => {
    const { pixels, targets } = cutOut(places(6, 5), { ...same(6, 5), top: 1, left: 2 }, size, { ignored: 255 });
    const places_ = Array.from({ length: 16 }, (_, i) => pixels[3 * i]! + 6 * pixels[3 * i + 1]!);
    expect([...targets]).toEqual(places_);
    expect(targets[0]).toBe(2 + 6);
  });

  it('are mirrored with their targets', () => {
    const { pixels, targets } = cutOut(places(4, 4), { ...same(4, 4), mirrored: true }, size, { ignored: 255 });
    expect([...targets.slice(0, 4)]).toEqual([3, 2, 1, 0]);
    expect([0, 1, 2, 3].map((x) => pixels[3 * x])).toEqual([3, 2, 1, 0]);
  });

  it('have nothing that counts beyond the picture', () => {
    const { pixels, targets } = cutOut(places(2, 2), { ...same(2, 2), top: -1, left: -2 }, size, { ignored: 255 });
    expect([...targets]).toEqual([255, 255, 255, 255, 255, 255, 0, 1, 255, 255, 2, 3, 255, 255, 255, 255]);
    expect([...pixels.slice(0, 3)]).toEqual([124, 116, 104]);
    expect(pixels[3 * 7]).toBe(1);
    const mirrored = cutOut(places(2, 2), { ...same(2, 2), top: -1, left: -2, mirrored: true }, size, { ignored: 255 });
    expect([...mirrored.targets.slice(4, 8)]).toEqual([1, 0, 255, 255]);
  });

  it('have a target for every s pixels, that of the middle', () => {
    const { targets } = cutOut(places(4, 4), same(4, 4), size, { ignored: 255, stride: 2 });
    expect([...targets]).toEqual([5, 7, 13, 15]);
    const large = cutOut(places(4, 4), same(8, 8), { height: 8, width: 8 }, { ignored: 255, stride: 2 });
    expect([...large.targets]).toEqual([...places(4, 4).targets.values]);
  });

  it('are drawn at all places, of all sizes in the range, and half of them mirrored', () => {
    const random = mersenneTwister(1);
    const drawn = Array.from({ length: 400 }, () => randomCrop({ width: 12, height: 8 }, size, [0.5, 2], random));
    const mirrored = drawn.filter((crop) => crop.mirrored).length;
    expect(mirrored).toBeGreaterThan(160);
    expect(mirrored).toBeLessThan(240);
    expect(new Set(drawn.map(({ resized }) => resized.height))).toEqual(new Set([2, 3, 4, 5, 6, 7, 8]));
    for (const { resized, top } of drawn) {
      const rest = resized.height - 4;
      expect(top * Math.sign(rest)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(top)).toBeLessThanOrEqual(Math.abs(rest));
    }
    const tall = drawn.filter(({ resized }) => resized.height === 7).map(({ top }) => top);
    expect(new Set(tall)).toEqual(new Set([0, 1, 2, 3]));
  });
});
