import { mersenneTwister } from '@vjepa/random';
import { expect, it } from 'vitest';
import { randomStreams, sampleRandom } from './random-streams.js';

it('a sample’s generators depend on seed, epoch and draw, and on nothing else', () => {
  const first = (seed: number, epoch: number, draw: number) => sampleRandom(seed, epoch, draw).numpy.double();
  expect(first(3, 1, 2)).toBe(first(3, 1, 2));
  const values = new Set<number>();
  for (let seed = 0; seed < 8; seed++) {
    for (let epoch = 0; epoch < 8; epoch++) for (let draw = 0; draw < 8; draw++) values.add(first(seed, epoch, draw));
  }
  expect(values.size).toBe(512);
});

it('neighbouring samples’ first draws are uniform and uncorrelated', () => {
  const draws = Array.from({ length: 2000 }, (_, i) => sampleRandom(0, 0, i).python.double());
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  let lagged = 0;
  for (let i = 1; i < draws.length; i++) lagged += (draws[i]! - 0.5) * (draws[i - 1]! - 0.5);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  expect(Math.abs(lagged / draws.length) * 12).toBeLessThan(0.1);
});

it('the three streams of a sample differ; one plain generator serves all three in turn', () => {
  const { numpy, python, torch } = sampleRandom(0, 0, 0);
  expect(new Set([numpy.nextUint32(), python.nextUint32(), torch.nextUint32()]).size).toBe(3);
  const shared = randomStreams(mersenneTwister(1234));
  expect([shared.numpy.nextUint32(), shared.python.nextUint32(), shared.torch.nextUint32()]).toEqual([
    822569775, 2137449171, 2671936806,
  ]);
});

it('negative or fractional numbers are refused', () => {
  expect(() => sampleRandom(0, -1, 0)).toThrow('found -1');
});
