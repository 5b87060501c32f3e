import { describe, expect, it } from 'vitest';
import { type NumpyGenerator, numpyGenerator } from './numpy-generator.js';

const times = <Value>(count: number, draw: () => Value) => Array.from({ length: count }, draw);
const doubles = (generator: NumpyGenerator, count: number) => times(count, () => generator.double());
const words = (generator: NumpyGenerator, count: number) => times(count, () => generator.nextUint32());

// All numbers were printed by NumPy 2.4, of numpy.random.default_rng(seed).
describe('numpyGenerator', () => {
  it.each([
    [0, [0.6369616873214543, 0.2697867137638703, 0.04097352393619469]],
    [1, [0.5118216247002567, 0.9504636963259353, 0.14415961271963373]],
    [42, [0.7739560485559633, 0.4388784397520523, 0.8585979199113825]],
    [2 ** 32 + 5, [0.7742041803738812, 0.47072268318809307, 0.6958803443421149]],
    [2 ** 53 - 1, [0.7862681066761149, 0.6063032385025929, 0.5376094823800641]],
  ])('seed %d: random(3)', (seed, expected) => {
    expect(doubles(numpyGenerator(seed), 3)).toEqual(expected);
  });

  it('a million draws later it is still the same generator', () => {
    expect(doubles(numpyGenerator(7), 1_000_003).at(-1)).toBe(0.8505628264777865);
  });

  it.each([
    [0, [3653403231, 2735729615, 2195314465, 1158725112]],
    [2 ** 32 + 5, [568244433, 3325181635, 3342468483, 2021738529]],
  ])('seed %d: integers(0, 2**32, size=4, dtype=uint32)', (seed, expected) => {
    expect(words(numpyGenerator(seed), 4)).toEqual(expected);
  });

  it('a double between two words leaves the second half of the bits for the next word', () => {
    const generator = numpyGenerator(42);
    expect([generator.nextUint32(), generator.double(), generator.nextUint32()]).toEqual([
      383329928, 0.4388784397520523, 3324115917,
    ]);
  });

  it.each([
    [0, [0.25, 0.75], [1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0]],
    [1, [0.1, 0, 0.2, 0.3, 0.4], [3, 4, 2, 4, 3, 3, 4, 3, 3, 0, 4, 3]],
    [42, [0, 0, 1], [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]],
    [2 ** 32 + 5, Array.from({ length: 7 }, () => 1 / 7), [5, 3, 4, 5, 3, 3, 1, 0, 3, 6, 6, 6]],
    [3, [1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    [5, Array.from({ length: 2000 }, (_, i) => (i + 1) / 2_001_000), [1794, 1797, 1435, 1068, 464, 1238, 1278, 425]],
  ])('seed %d: choice(len(p), size, p=p)', (seed, p, expected) => {
    expect([...numpyGenerator(seed).choice(expected.length, p)]).toEqual(expected);
  });

  it('groups of equally likely indices are drawn as their indices are', () => {
    const groups = [
      { count: 3, probability: 0.1 },
      { count: 7, probability: 0.1 },
    ];
    const each = Array.from({ length: 10 }, () => 0.1);
    expect(numpyGenerator(8).choice(1000, groups)).toEqual(numpyGenerator(8).choice(1000, each));
  });
});
