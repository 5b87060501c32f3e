import { describe, expect, it } from 'vitest';
import { linearAccuracies } from './linear-accuracies.js';

const sizes = { appearances: 2, motions: 4 };

/** n videos of every label in turn, as features that say what `feature` makes of them. */
function videos(n: number, seed: number, feature: (appearance: number, motion: number) => number[]) {
  const labels = Array.from({ length: n }, (_, i) => i % 8);
  const noise = (i: number, d: number) => Math.sin(1 + seed + 13 * i + 5 * d + ((i * d) % 7)) / 10;
  const vectors = labels.map((joint, i) =>
    Float32Array.from(feature(Math.floor(joint / 4), joint % 4), (value, d) => value + noise(i, d)),
  );
  return { vectors, labels };
}

const oneHot = (place: number, length: number) => Array.from({ length }, (_, i) => Number(i === place));

describe('what the demo says of an encoder', () => {
  it('is how many test videos are right, of appearance and of motion', () => {
    const both = (appearance: number, motion: number) => [...oneHot(appearance, 2), ...oneHot(motion, 4)];
    expect(linearAccuracies(videos(64, 0, both), videos(40, 9, both), sizes)).toEqual({ appearance: 1, motion: 1 });
  });

  it('is chance for what is not in the features', () => {
    const appearance = (place: number) => [...oneHot(place, 2), 0, 0, 0];
    const found = linearAccuracies(videos(64, 0, appearance), videos(400, 9, appearance), sizes);
    expect(found.appearance).toBe(1);
    expect(Math.abs(found.motion - 1 / 4)).toBeLessThan(0.15);
  });

  it('counts a test video that shows another class than its features as wrong', () => {
    const appearance = (place: number) => oneHot(place, 2);
    const test = videos(8, 9, appearance);
    test.labels[0] = 4;
    expect(linearAccuracies(videos(64, 0, appearance), test, sizes).appearance).toBe(7 / 8);
  });
});
