import { expect, it } from 'vitest';
import { seedSequence } from './seed-sequence.js';

it.each([
  [0, [2968811710, 3677149159, 745650761, 2884920346]],
  [1, [1835504127, 1731038949, 1320224556, 2330041505]],
  [42, [3444837047, 2669555309, 2046530742, 3581440988]],
  [2 ** 32 + 5, [3796490668, 4190198742, 909250263, 2986482496]],
  [2 ** 53 - 1, [3367776697, 1170575226, 2422347966, 3181658150]],
])('numpy.random.SeedSequence(%d).generate_state(4) (numbers printed by NumPy 2.4)', (seed, words) => {
  expect([...seedSequence(seed, 4)]).toEqual(words);
});

it.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is no seed', (seed) => {
  expect(() => seedSequence(seed, 4)).toThrow(`seed is ${seed}, expected an integer in 0..2^53 - 1`);
});
