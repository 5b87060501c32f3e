import { mersenneTwister } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { type LabelledVectors, ridgeClassifier } from './ridge-classifier.js';

const random = mersenneTwister(7);
/** Roughly normal: the sum of twelve uniform numbers, less their mean. */
const normal = () => Array.from({ length: 12 }, () => random.nextUint32() / 2 ** 32).reduce((a, b) => a + b) - 6;

/** n vectors of `dim` normal numbers, each class's shifted by `gap` along a feature of its own. */
function clouds(n: number, classes: number, dim: number, gap: number): LabelledVectors {
  const labels = Array.from({ length: n }, (_, i) => i % classes);
  const vectors = labels.map((label) =>
    Float32Array.from({ length: dim }, (_, d) => normal() + (d === label ? gap : 0)),
  );
  return { vectors, labels };
}

function accuracy(train: LabelledVectors, test: LabelledVectors, classes: number): number {
  const found = ridgeClassifier(train, classes)(test.vectors);
  return found.filter((label, i) => label === test.labels[i]).length / found.length;
}

describe('ridgeClassifier', () => {
  it('reads classes that lie apart, with fewer vectors than features and with more', () => {
    expect(accuracy(clouds(40, 4, 60, 9), clouds(80, 4, 60, 9), 4)).toBeGreaterThan(0.95);
    expect(accuracy(clouds(200, 4, 10, 6), clouds(80, 4, 10, 6), 4)).toBeGreaterThan(0.95);
  });

  it('finds nothing where there is nothing', () => {
    expect(accuracy(clouds(100, 2, 80, 0), clouds(400, 2, 80, 0), 2)).toBeLessThan(0.6);
  });

  it('gives the commonest class where features do not differ', () => {
    const constant = (labels: number[]) => ({ vectors: labels.map(() => Float32Array.of(1, 2)), labels });
    expect(ridgeClassifier(constant([1, 0, 1, 1]), 2)([Float32Array.of(1, 2)])).toEqual([1]);
  });

  it('does not depend on the scale or the origin of a feature', () => {
    const [train, test] = [clouds(60, 3, 20, 2), clouds(60, 3, 20, 2)];
    const moved = ({ vectors, labels }: LabelledVectors) => ({
      vectors: vectors.map((vector) => vector.map((value, d) => 100 * d + value * 2 ** d)),
      labels,
    });
    expect(ridgeClassifier(moved(train), 3)(moved(test).vectors)).toEqual(ridgeClassifier(train, 3)(test.vectors));
  });

  it('needs something to learn from', () => {
    expect(() => ridgeClassifier({ vectors: [], labels: [] }, 2)).toThrow(/at least one training vector/);
  });
});
