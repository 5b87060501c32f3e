import { mersenneTwister } from '@vjepa/random';
import { readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { createMaskSampler, type MaskSamplerOptions } from './mask-sampler.js';
import { MaskSettingsError } from './mask-settings-error.js';
import { grid224, longRange, shortRange } from './official-masks.fixture.js';
import { tokenCount } from './token-grid.js';
import { sliceMasks, type TokenMask } from './token-mask.js';

const masks = [shortRange, longRange];
const official = createMaskSampler({ grid: grid224, kind: 'multiblock3d', masks });
const rows = ({ indices, shape: [count, length] }: TokenMask) =>
  Array.from({ length: count }, (_, row) => Array.from(indices.subarray(row * length, (row + 1) * length)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

describe('multi-block masks equal the reference index for index', () => {
  it('four calls after seeding the global generator with 123', () => {
    const expected = readFixtureTensors('masks-exact/tensors.safetensors');
    const random = mersenneTwister(123);
    for (let call = 0; call < 4; call++) {
      official.sample({ batchSize: 2, call, random }).forEach(({ context, target }, index) => {
        expect({ shape: context.shape, data: context.indices }).toEqual(expected[`call${call}.context.${index}`]);
        expect({ shape: target.shape, data: target.indices }).toEqual(expected[`call${call}.target.${index}`]);
      });
    }
  });

  it('sums of the first call', () => {
    const [short, long] = official.sample({ batchSize: 2, call: 0, random: mersenneTwister(123) });
    expect(rows(short!.context).map(sum)).toEqual([411624, 390002]);
    expect(rows(short!.target).map(sum)).toEqual([792192, 813736]);
    expect(rows(long!.context).map(sum)).toEqual([37338, 88480]);
    expect(rows(long!.target).map(sum)).toEqual([959712, 837408]);
  });

  it('60 batches of 24: mean, deviation and range of the lengths', () => {
    const { seed, statistics } = readFixtureJson('mask-statistics/manifest.json').cases[0];
    const random = mersenneTwister(seed);
    const drawn = Array.from({ length: 60 }, (_, call) => official.sample({ batchSize: 24, call, random }));
    for (const index of [0, 1]) {
      for (const part of ['context', 'target'] as const) {
        const lengths = drawn.map((pairs) => pairs[index]![part].shape[1]);
        const deviation = Math.sqrt(mean(lengths.map((length) => (length - mean(lengths)) ** 2)));
        const expected = statistics[index][part];
        expect(mean(lengths)).toBeCloseTo(expected.mean, 9);
        expect(deviation).toBeCloseTo(expected.std, 9);
        expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([expected.min, expected.max]);
      }
    }
  });
});

describe('truncation', () => {
  const perStep = (mask: TokenMask) => {
    const counts = new Array<number>(grid224.depth).fill(0);
    for (const index of mask.indices) counts[Math.floor(index / 196)]! += 1;
    return counts;
  };

  it('raster order starves the late frames, a random subset does not', () => {
    const raster = perStep(official.sample({ batchSize: 24, call: 0, random: mersenneTwister(7) })[1]!.context);
    const unbiased = createMaskSampler({ grid: grid224, kind: 'multiblock3d', masks, truncation: 'random' });
    const random = perStep(unbiased.sample({ batchSize: 24, call: 0, random: mersenneTwister(7) })[1]!.context);
    expect(sum(random)).toBe(sum(raster));
    expect(raster[7]! / raster[0]!).toBeLessThan(0.1);
    for (const count of random) expect(Math.abs(count / mean(random) - 1)).toBeLessThan(0.35);
  });

  it('a random subset keeps tokens of the same blocks, ascending, disjoint from the target', () => {
    const options = { grid: grid224, kind: 'multiblock3d', masks: [shortRange] } as const;
    const request = () => ({ batchSize: 24, call: 3, random: mersenneTwister(1) });
    const alone = createMaskSampler(options).sample({ ...request(), batchSize: 1 })[0]!;
    const pair = createMaskSampler({ ...options, truncation: 'random' }).sample(request())[0]!;
    const [context, target] = [rows(pair.context)[0]!, rows(pair.target)[0]!];
    expect(context).toEqual([...context].sort((a, b) => a - b));
    expect(new Set(context).size).toBe(context.length);
    expect(context.every((token) => alone.context.indices.includes(token))).toBe(true);
    expect(target.every((token) => alone.target.indices.includes(token))).toBe(true);
  });

  it('groupSize makes a small batch as short as a batch of 24', () => {
    const grouped = createMaskSampler({ grid: grid224, kind: 'multiblock3d', masks, groupSize: 24 });
    const small = grouped.sample({ batchSize: 4, call: 2, random: mersenneTwister(9) });
    const large = official.sample({ batchSize: 24, call: 2, random: mersenneTwister(9) });
    expect(small).toEqual(large.map((pair) => sliceMasks(pair, 0, 4)));
    expect(() => grouped.sample({ batchSize: 25, call: 0, random: mersenneTwister(0) })).toThrow(
      'batchSize is 25, expected at most groupSize, 24',
    );
  });

  it('maxKeep bounds the context and leaves the target alone', () => {
    const capped = createMaskSampler({ grid: grid224, kind: 'multiblock3d', masks: [{ ...shortRange, maxKeep: 100 }] });
    const [pair] = capped.sample({ batchSize: 2, call: 0, random: mersenneTwister(123) });
    expect(pair!.context.shape).toEqual([2, 100]);
    expect(pair!.target.shape).toEqual([2, 1024]);
  });
});

describe('variants', () => {
  it('causal: the context stays within the first 3 of 8 steps, the rest is target', () => {
    const causal = { ...shortRange, maxTemporalKeep: 6 / 16 };
    const sampler = createMaskSampler({ grid: grid224, kind: 'multiblock3d', masks: [causal] });
    const [pair] = sampler.sample({ batchSize: 1, call: 0, random: mersenneTwister(5) });
    expect(Math.max(...pair!.context.indices)).toBeLessThan(3 * 196);
    expect(pair!.context.shape[1] + pair!.target.shape[1]).toBe(tokenCount(grid224));
    expect(Array.from(pair!.target.indices.slice(-5 * 196))).toEqual(Array.from({ length: 980 }, (_, i) => 588 + i));
  });

  it('random tube: numpy seed 0 keeps the cells that numpy keeps, in every step', () => {
    const tube = createMaskSampler({ grid: grid224, kind: 'random_tube', masks: [{ ratio: 0.9 }] });
    const [pair] = tube.sample({ batchSize: 2, call: 0, random: mersenneTwister(0) });
    const cells = [15, 36, 50, 60, 65, 70, 72, 78, 79, 89, 90, 96, 112, 123, 161, 172, 178, 180, 192];
    expect(rows(pair!.context)[0]).toEqual(Array.from({ length: 8 }, (_, t) => cells.map((c) => t * 196 + c)).flat());
    expect(pair!.context.shape).toEqual([2, 152]);
    expect(pair!.target.shape).toEqual([2, 1416]);
    expect(rows(pair!.context)[1]).not.toEqual(rows(pair!.context)[0]);
  });

  it('one context token is enough, and an empty context is drawn again', () => {
    // Blocks of 1×1×2 on a grid of 1×1×3: two blocks leave one token or none.
    const sampler = createMaskSampler({
      grid: { depth: 1, height: 1, width: 3 },
      kind: 'multiblock3d',
      masks: [{ spatialScale: [0.67, 0.67], temporalScale: [1, 1], aspectRatio: [0.5, 0.5], numBlocks: 2 }],
    });
    for (let seed = 0; seed < 50; seed++) {
      const [pair] = sampler.sample({ batchSize: 3, call: seed, random: mersenneTwister(seed) });
      expect(pair!.context.shape).toEqual([3, 1]);
      expect(pair!.target.shape).toEqual([3, 2]);
    }
  });
});

describe('impossible settings', () => {
  const withMask = (change: object): MaskSamplerOptions => ({
    grid: grid224,
    kind: 'multiblock3d',
    masks: [shortRange, { ...longRange, ...change }],
  });
  const cases: [string, MaskSamplerOptions][] = [
    ['masks[1].spatialScale is [0.7,1.2], expected fractions in (0, 1]', withMask({ spatialScale: [0.7, 1.2] })],
    ['masks[1].spatialScale is [0,0.5], expected [minimum, maximum]', withMask({ spatialScale: [0, 0.5] })],
    ['masks[1].spatialScale is [0.9,0.5], expected [minimum, maximum]', withMask({ spatialScale: [0.9, 0.5] })],
    ['masks[1].spatialScale is [0.001,0.5], expected blocks of at least one', withMask({ spatialScale: [0.001, 0.5] })],
    ['masks[1].spatialScale is [1,1], expected blocks that leave', withMask({ spatialScale: [1, 1] })],
    ['masks[1].spatialScale is [0.7,1], expected blocks that leave', withMask({ spatialScale: [0.7, 1] })],
    ['masks[1].spatialScale is null, expected [minimum, maximum]', withMask({ spatialScale: null })],
    ['masks[1].temporalScale is [1,2], expected fractions', withMask({ temporalScale: [1, 2] })],
    ['masks[1].aspectRatio is [0,1], expected', withMask({ aspectRatio: [0, 1] })],
    ['masks[1].numBlocks is 0, expected a positive integer', withMask({ numBlocks: 0 })],
    ['masks[1].numBlocks is 1.5, expected a positive integer', withMask({ numBlocks: 1.5 })],
    ['masks[1].maxKeep is 0, expected a positive integer', withMask({ maxKeep: 0 })],
    ['masks[1].maxTemporalKeep is 0, expected a number in (0, 1]', withMask({ maxTemporalKeep: 0 })],
    ['masks is [], expected at least one', { grid: grid224, kind: 'multiblock3d', masks: [] }],
    ['grid.width is 0, expected a positive integer', { ...withMask({}), grid: { ...grid224, width: 0 } }],
    ['groupSize is 0, expected a positive integer', { ...withMask({}), groupSize: 0 }],
    ['masks[0].ratio is 1, expected a number in (0, 1)', { grid: grid224, kind: 'random_tube', masks: [{ ratio: 1 }] }],
    ['masks[0].ratio is 0.999, expected a ratio', { grid: grid224, kind: 'random_tube', masks: [{ ratio: 0.999 }] }],
  ];
  it.each(cases)('%s', (message, options) => {
    expect(() => createMaskSampler(options)).toThrow(message);
    expect(() => createMaskSampler(options)).toThrow(MaskSettingsError);
  });

  it('a full-size block that is shorter than the clip still leaves a context', () => {
    const sampler = createMaskSampler(
      withMask({ spatialScale: [1, 1], temporalScale: [0.5, 0.5], aspectRatio: [1, 1] }),
    );
    const [, pair] = sampler.sample({ batchSize: 2, call: 0, random: mersenneTwister(0) });
    expect(pair!.context.shape[1] % 196).toBe(0);
  });

  it('blocks that almost always cover everything end in an error, not in an endless loop', () => {
    const sampler = createMaskSampler({
      ...withMask({ spatialScale: [0.5, 0.5], numBlocks: 200 }),
      grid: { depth: 1, height: 4, width: 4 },
    });
    const sample = () => sampler.sample({ batchSize: 1, call: 0, random: mersenneTwister(0) });
    expect(sample).toThrow('masks[1].numBlocks is 200, expected blocks that leave some of the first 1 time steps');
  });

  it('a negative call', () => {
    const sample = () => official.sample({ batchSize: 1, call: -1, random: mersenneTwister(0) });
    expect(sample).toThrow('call is -1, expected an integer from 0 on');
  });
});
