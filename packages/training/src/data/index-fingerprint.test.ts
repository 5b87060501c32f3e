import { describe, expect, it } from 'vitest';
import { indexDifference, indexFingerprint } from './index-fingerprint.js';

const list = (...paths: string[]) => paths.map((path) => ({ path, label: 0 }));

describe('indexDifference', () => {
  const before = indexFingerprint(list('/a.mp4', '/b.mp4'));

  it('is silent about the same list, and about checkpoints that do not know theirs', () => {
    expect(indexDifference(before, indexFingerprint(list('/a.mp4', '/b.mp4')))).toBeUndefined();
    expect(indexDifference(undefined, before)).toBeUndefined();
  });

  it('tells of a longer list and of another order', () => {
    expect(indexDifference(before, indexFingerprint(list('/a.mp4', '/b.mp4', '/c.mp4')))).toMatch(/2 entries -> 3/);
    expect(indexDifference(before, indexFingerprint(list('/b.mp4', '/a.mp4')))).toMatch(/its 2 entries are others/);
  });
});
