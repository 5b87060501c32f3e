import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { stagingEngine } from '@vjepa/test-kit/staging-engine';
import {
  initializeEncoder,
  initializeVjepa2Encoder,
  type Vjepa2EncoderConfig,
  vjepa2EncoderConfig,
  vjepa21EncoderConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL_ENCODER as encoder } from '../evaluate/small-features.fixture.js';
import { featureExtractor, type SomeClips } from './feature-extractor.js';

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

describe('a picture', () => {
  const sizes = { imageSize: 32, numFrames: 6, embedDim: 12, depth: 3, numHeads: 3 };
  const second = vjepa2EncoderConfig('vit_tiny', sizes);
  const latest = vjepa21EncoderConfig('vit_tiny', { ...sizes, normLayers: [1, 2] });
  const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 31) % 251);

  /** Features of the picture, or of a clip of `frames` copies of it. */
  async function seen(
    encoder: Vjepa2EncoderConfig,
    { repeats, frames = 1 }: { repeats?: number; frames?: number } = {},
  ) {
    const parameters = initializeVjepa2Encoder(encoder, mersenneTwister(1));
    const extractor = featureExtractor({ engine, encoder, parameters, frames, repeats, batchSize: 1 });
    const clip = Uint8Array.from({ length: frames * pixels.length }, (_, i) => pixels[i % pixels.length]!);
    const features = await extractor.extract(clip, 1);
    extractor.dispose();
    return features;
  }

  it('is repeated to the clip, or as often as asked for', async () => {
    expect(await seen(second)).toEqual(await seen(second, { frames: 6 }));
    expect(await seen(second, { repeats: 4 })).toEqual(await seen(second, { frames: 4 }));
  });

  it('is seen once by V-JEPA 2.1, by the embedding it has for pictures, and repeated where asked to', async () => {
    const once = await seen(latest);
    expect(once).toHaveLength(4 * 12);
    expect(await seen(latest, { repeats: 1 })).toEqual(once);
    expect(await seen(latest, { repeats: 4 })).toEqual(await seen(latest, { frames: 4 }));
  });
});
