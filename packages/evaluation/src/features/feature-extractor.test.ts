import { type Engine, type HostTensor, openEngine } from '@vjepa/engine';
import { meanOverTokens } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import '@vjepa/test-kit/all-close';
import { stagingEngine } from '@vjepa/test-kit/staging-engine';
import {
  type ClipEncoder,
  encoderConfig,
  initializeEncoder,
  initializeVjepa2Encoder,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL_ENCODER as encoder } from '../evaluate/small-features.fixture.js';
import { featureExtractor, type SomeClips } from './feature-extractor.js';
import type { FeatureExtractorOptions } from './feature-options.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

const parameters = initializeEncoder(encoder, mersenneTwister(1));
const PIXELS = encoder.numFrames * encoder.imageSize ** 2 * 3;

/** 3 clips, none, and 1, which pass the encoder two at a time. */
async function* items(): AsyncGenerator<SomeClips & { name: string }> {
  const random = mersenneTwister(2);
  const pixels = (n: number) => Uint8Array.from({ length: n * PIXELS }, () => random.nextUint32() >>> 24);
  yield { name: 'three', n: 3, clips: pixels(3) };
  yield { name: 'none', n: 2 };
  yield { name: 'one', n: 1, clips: pixels(1) };
}

async function extracted(on: Engine) {
  const extractor = featureExtractor({ engine: on, encoder, parameters, batchSize: 2 });
  const found: [string, Float32Array | undefined][] = [];
  for await (const { name, features } of extractor.extractEach(items())) found.push([name, features]);
  return { found, extractor };
}

describe('features of many clips', () => {
  it('are those of each by itself, in their order', async () => {
    const { found, extractor } = await extracted(engine);
    const expected: typeof found = [];
    for await (const { name, n, clips } of items()) {
      expected.push([name, clips && (await extractor.extract(clips, n))]);
    }
    expect(found).toEqual(expected);
    expect(found.map(([, features]) => features && features.length / extractor.tokens / extractor.width)).toEqual([
      3,
      undefined,
      1,
    ]);
    extractor.dispose();
  });

  it('are the same where the next batch is staged while the encoder is at work', async () => {
    const events: string[] = [];
    const { found } = await extracted(stagingEngine(engine, events));
    expect(found).toEqual((await extracted(engine)).found);
    expect(events).toEqual(['staged', 'staged', 'begun', 'done', 'begun', 'done', 'staged', 'begun', 'done']);
  });

  it('that are too few pixels are an error', async () => {
    const extractor = featureExtractor({ engine, encoder, parameters, batchSize: 2 });
    await expect(extractor.extract(new Uint8Array(PIXELS), 2)).rejects.toThrow(
      /^2 clips of \[.+\] are \d+ values, found/,
    );
    extractor.dispose();
  });
});

const SIZES = { imageSize: 32, numFrames: 6, embedDim: 12, depth: 3, numHeads: 3 };
const V2 = vjepa2EncoderConfig('vit_tiny', SIZES);
const V21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [1, 2] });
const V1 = encoderConfig('vit_tiny', SIZES);
type Model = readonly [name: string, encoder: ClipEncoder, parameters: Record<string, HostTensor>];
const MODELS: readonly [Model, Model, Model] = [
  ['V-JEPA', V1, initializeEncoder(V1, mersenneTwister(1))],
  ['V-JEPA 2', V2, initializeVjepa2Encoder(V2, mersenneTwister(1))],
  ['V-JEPA 2.1', V21, initializeVjepa2Encoder(V21, mersenneTwister(1))],
];

const noise = (length: number): Uint8Array => {
  const random = mersenneTwister(3);
  return Uint8Array.from({ length }, () => random.nextUint32() >>> 24);
};
const FRAME = 32 * 32 * 3;

describe.each(MODELS)('features of %s', (_, encoder, parameters) => {
  const clips = noise(3 * 6 * FRAME);
  const of = async (options: Partial<FeatureExtractorOptions>, pixels: Uint8Array = clips, n = 3) => {
    const extractor = featureExtractor({ engine, encoder, parameters, batchSize: 2, ...options });
    const { grid, tokens, width } = extractor;
    const features = await extractor.extract(pixels, n);
    extractor.dispose();
    return { grid, tokens, width, features };
  };

  it('are the tokens of a grid, the means of its time steps, or their mean', async () => {
    const dense = await of({});
    expect(dense).toMatchObject({ grid: { depth: 3, height: 2, width: 2 }, tokens: 12, width: 12 });
    const frames = await of({ pool: 'frames' });
    expect(frames.tokens).toBe(3);
    expect(frames.features).toEqual(meanOverTokens(dense.features, 4, 12));
    expect((await of({ pool: 'mean' })).features).toEqual(meanOverTokens(dense.features, 12, 12));
  });

  it('of several blocks lie side by side, averaged or not', async () => {
    const both = await of({ layers: [3, 2] });
    expect(both.width).toBe(24);
    const [last, middle] = [await of({}), await of({ layers: [2] })];
    for (let row = 0; row < 3 * 12; row++) {
      const own = both.features.subarray(row * 24, (row + 1) * 24);
      expect([...own]).toEqual(
        [last, middle].flatMap(({ features }) => [...features.subarray(row * 12, (row + 1) * 12)]),
      );
    }
    const frames = await of({ layers: [3, 2], pool: 'frames' });
    expect(frames.features).toEqual(meanOverTokens(both.features, 4, 24));
  });

  it.each([false, true])('of several blocks come one after the other as tokens, of prefixes: %s', async (prefix) => {
    const joined = { layers: [3, 2], joinLayers: 'tokens', prefix } as const;
    const both = await of(joined);
    expect(both).toMatchObject({ tokens: 24, width: 12 });
    const [last, middle] = [await of({ prefix }), await of({ layers: [2], prefix })];
    const clip = 12 * 12;
    const expected = [0, 1, 2].flatMap((i) =>
      [last, middle].flatMap(({ features }) => [...features.subarray(i * clip, (i + 1) * clip)]),
    );
    expect([...both.features]).toEqual(expected);
    const frames = await of({ ...joined, pool: 'frames' });
    expect(frames.tokens).toBe(6);
    expect(frames.features).toEqual(meanOverTokens(both.features, 4, 12));
  });

  it('of clips that are no squares have the grid of those', async () => {
    const size = { height: 32, width: 48 };
    const wide = await of({ size }, noise(6 * 32 * 48 * 3), 1);
    expect(wide).toMatchObject({ grid: { depth: 3, height: 2, width: 3 }, tokens: 18 });
    await expect(of({ size }, clips, 3)).rejects.toThrow('3 clips of [6, 32, 48, 3] are 82944 values, found 55296');
  });

  describe.each(['none', 'frames'] as const)('in which no token sees a later step, pooled: %s', (pool) => {
    it.each([1, 2])('are the same to the bit whatever comes after %i steps, and are not without', async (steps) => {
      const others = clips.map((value, i) => (Math.floor(i / FRAME) % 6 < 2 * steps ? value : 255 - value));
      const before = async (prefix: boolean, pixels: Uint8Array) => {
        const { features, tokens, width } = await of({ pool, prefix }, pixels);
        const length = (tokens / 3) * width;
        return [0, 1, 2].map((i) => features.slice(3 * i * length, (3 * i + steps) * length));
      };
      expect(await before(true, others)).toEqual(await before(true, clips));
      expect(await before(false, others)).not.toEqual(await before(false, clips));
    });
  });

  it('in which no token sees a later step are whole ones at the last, and are averaged alike', async () => {
    const [whole, prefixes] = [await of({}), await of({ prefix: true })];
    for (const i of [0, 1, 2]) {
      const last = (features: Float32Array) => features.subarray((12 * i + 8) * 12, (12 * i + 12) * 12);
      expect(last(prefixes.features)).toBeAllClose(last(whole.features), { atol: 1e-5 });
    }
    expect((await of({ prefix: true, pool: 'mean' })).features).toEqual(meanOverTokens(prefixes.features, 12, 12));
  });
});

describe('features that cannot be had', () => {
  it("are those of blocks without a norm in V-JEPA 2.1: the error names the others'", () => {
    const extractor = () => featureExtractor({ engine, encoder: V21, parameters: MODELS[2][2], layers: [1, 3] });
    expect(extractor).toThrow(
      "`layers`: expected a list of the encoder's blocks, those with a norm: 2, 3, found [1,3]",
    );
  });

  it.each([{ prefix: true }, { pool: 'frames' }, { size: { height: 32, width: 48 } }] as const)(
    'are what is foretold together with %j',
    (options) => {
      const foretold = {
        predictor: vjepa2PredictorConfig(V2, { embedDim: 12, depth: 1, numHeads: 1 }),
        parameters: {},
      };
      const extractor = () => featureExtractor({ engine, encoder: V2, parameters: MODELS[1][2], foretold, ...options });
      expect(extractor).toThrow("`foretold`: expected nothing beside `prefix`, `size` or `pool: 'frames'`");
    },
  );
});

describe('features of pictures', () => {
  const picture = noise(FRAME);
  /** Of the picture, or of a clip of `frames` copies of it. */
  const seen = async ([, encoder, parameters]: Model, options: Partial<FeatureExtractorOptions>) => {
    const extractor = featureExtractor({ engine, encoder, parameters, frames: 1, batchSize: 1, ...options });
    const clip = Uint8Array.from({ length: (options.frames ?? 1) * FRAME }, (_, i) => picture[i % FRAME]!);
    const features = await extractor.extract(clip, 1);
    const { grid } = extractor;
    extractor.dispose();
    return { grid, features };
  };

  it.each([MODELS[0], MODELS[1]])(
    'are those of still clips, or as often repeated as asked for: %s',
    async (...model) => {
      expect(await seen(model, {})).toEqual(await seen(model, { frames: 6 }));
      expect(await seen(model, { repeats: 4 })).toEqual(await seen(model, { frames: 4 }));
    },
  );

  it('have an embedding of their own in V-JEPA 2.1, one step in which nothing is later, unless repeated', async () => {
    const once = await seen(MODELS[2], { prefix: true });
    expect(once.grid).toEqual({ depth: 1, height: 2, width: 2 });
    const ofVideos = ['patch_embed.proj.weight', 'patch_embed.proj.bias', 'video_mod_embed'];
    const parameters = Object.fromEntries(Object.entries(MODELS[2][2]).filter(([name]) => !ofVideos.includes(name)));
    expect(await seen(['', V21, parameters], {})).toEqual(once);
    expect(await seen(MODELS[2], { repeats: 1 })).toEqual(once);
    expect(await seen(MODELS[2], { repeats: 4 })).toEqual(await seen(MODELS[2], { frames: 4 }));
  });
});

it('blocks of V-JEPA 2.1 that have no norm are no layers', () => {
  const [, encoder, parameters] = MODELS[2];
  expect(() => featureExtractor({ engine, encoder, parameters, layers: [1] })).toThrow(
    "`layers`: expected a list of the encoder's blocks, those with a norm: 2, 3, found [1]",
  );
});
