import { pythonRandom } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { randomStreams, sampleRandom } from '../sampling/random-streams.js';
import { imagenetNormalization } from './normalization.js';
import { randomErasing } from './random-erasing.js';

const shape = { frames: 3, size: 32 };
const pixels = shape.size * shape.size;

/** Positions (y·S + x) whose value changed, per frame, in channel c. */
function erasedPositions(clip: Float32Array, channel: number, frame: number): number[] {
  const plane = clip.subarray((channel * shape.frames + frame) * pixels, (channel * shape.frames + frame + 1) * pixels);
  return [...plane].flatMap((value, i) => (value === 9 ? [] : [i]));
}

describe('randomErasing', () => {
  it('erases one box, the same in every frame and channel', () => {
    const clip = new Float32Array(3 * shape.frames * pixels).fill(9);
    randomErasing(clip, shape, { probability: 1 }, sampleRandom(0, 0, 0));
    const first = erasedPositions(clip, 0, 0);
    expect(first.length).toBeGreaterThan(0);
    for (let c = 0; c < 3; c++) {
      for (let t = 0; t < 3; t++) expect(erasedPositions(clip, c, t)).toEqual(first);
    }
    const columns = new Set(first.map((i) => i % shape.size));
    const rows = new Set(first.map((i) => Math.floor(i / shape.size)));
    expect(columns.size * rows.size).toBe(first.length);
  });

  it('draws gate, area, aspect ratio, top and left from Python’s stream', () => {
    // Python's random.seed(1) draws the gate 0.134, the area 0.286 · 32² and the ratio 1.887, then 4 and 3.
    const expected = { height: 23, width: 12, top: 4, left: 3 };
    const clip = new Float32Array(3 * shape.frames * pixels).fill(9);
    randomErasing(clip, shape, { probability: 1 }, randomStreams(pythonRandom(1)));
    const positions = erasedPositions(clip, 2, 1);
    expect(positions[0]).toBe(expected.top * shape.size + expected.left);
    expect(positions.length).toBe(expected.height * expected.width);
  });

  it('the noise is standard normal and differs between frames and channels', () => {
    const values: number[] = [];
    for (let i = 0; i < 20; i++) {
      const clip = new Float32Array(3 * shape.frames * pixels).fill(9);
      randomErasing(clip, shape, { probability: 1 }, sampleRandom(0, 0, i));
      for (const value of clip) if (value !== 9) values.push(value);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
    expect(new Set(values).size).toBeGreaterThan(values.length * 0.99);
  });

  it('bytes are the same noise in units of 0..255', () => {
    const floats = new Float32Array(3 * shape.frames * pixels).fill(9);
    const bytes = new Uint8Array(floats.length);
    randomErasing(floats, shape, { probability: 1 }, sampleRandom(4, 0, 0));
    randomErasing(bytes, shape, { probability: 1 }, sampleRandom(4, 0, 0));
    const { mean, std } = imagenetNormalization;
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < shape.frames * pixels; i++) {
        const value = floats[c * shape.frames * pixels + i]!;
        const expected = value === 9 ? 0 : Math.min(255, Math.max(0, Math.round(value * std[c]! + mean[c]!)));
        expect(bytes[i * 3 + c]).toBe(expected);
      }
    }
  });

  it('touches about the asked share of clips', () => {
    let erased = 0;
    for (let i = 0; i < 400; i++) {
      const clip = new Float32Array(3 * 8 * 8).fill(9);
      randomErasing(clip, { frames: 1, size: 8 }, { probability: 0.25 }, sampleRandom(0, 0, i));
      if (clip.some((value) => value !== 9)) erased++;
    }
    expect(erased).toBeGreaterThan(70);
    expect(erased).toBeLessThan(130);
  });
});
