import { describe, expect, it } from 'vitest';
import { probeSplit } from './probe-split.js';

const list = (...sizes: number[]) =>
  sizes.flatMap((size, label) =>
    Array.from({ length: size }, (_, i) => ({ path: `/${label}/${i}.mp4`, label: 10 * label })),
  );
const options = { most: 40, heldOutShare: 0.25 };

describe('probeSplit', () => {
  it('takes as many of each class and holds a part of each out', () => {
    const { videos, numClasses } = probeSplit(list(100, 30, 200, 20), options);
    expect(numClasses).toBe(4);
    for (const label of [0, 1, 2, 3]) {
      const ofClass = videos.filter((video) => video.label === label);
      expect(ofClass).toHaveLength(10);
      expect(ofClass.filter(({ heldOut }) => heldOut)).toHaveLength(3);
      for (const { path } of ofClass) expect(path).toMatch(new RegExp(`^/${label}/`));
    }
    expect(new Set(videos.map(({ path }) => path)).size).toBe(40);
  });

  it('is the same every time, and no beginning of a list that is sorted', () => {
    const split = probeSplit(list(100, 100), options);
    expect(probeSplit(list(100, 100), options)).toEqual(split);
    expect(Math.max(...split.videos.map(({ path }) => Number(/(\d+)\.mp4/.exec(path)![1])))).toBeGreaterThan(50);
  });

  it('counts a path once and leaves out a class of one video', () => {
    const twice = [...list(3, 3, 1), ...list(3, 3, 1)];
    const { videos, numClasses } = probeSplit(twice, options);
    expect(numClasses).toBe(2);
    expect(videos).toHaveLength(6);
  });

  it('leaves out what has no label', () => {
    const unlabelled = list(5).map(({ path }) => ({ path: `/unlabelled${path}`, label: -1 }));
    expect(probeSplit([...unlabelled, ...list(3, 3)], options)).toEqual(probeSplit(list(3, 3), options));
    expect(() => probeSplit(unlabelled, options)).toThrow(/found 0/);
  });

  it('takes names for classes where there are no numbers', () => {
    const named = list(3, 4).map(({ path, label }) => ({ path, label: -1, className: label === 0 ? 'zebra' : 'ant' }));
    const { videos, numClasses } = probeSplit(named, options);
    expect(numClasses).toBe(2);
    expect(videos.filter(({ label }) => label === 0)).toHaveLength(4);
  });

  it('refuses a list without two classes', () => {
    expect(() => probeSplit(list(50), options)).toThrow(/a probe needs at least two classes.*found 1/);
    expect(() => probeSplit(list(50, 1), options)).toThrow(/found 1/);
  });
});
