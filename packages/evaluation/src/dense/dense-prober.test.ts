import '@vjepa/test-kit/all-close';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { encoderConfig, initializeClipEncoder, vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { featureExtractor } from '../features/feature-extractor.js';
import { denseExtractor } from './dense-prober.js';

const size = { height: 16, width: 24 };
const sizes = { imageSize: 16, patchSize: 8, numFrames: 8, embedDim: 24, depth: 2, numHeads: 2 };
const picture = Uint8Array.from({ length: 2 * 16 * 24 * 3 }, (_, i) => (i * 37) % 256);
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

describe('denseExtractor', () => {
  it.each([
    ['V-JEPA', encoderConfig('vit_tiny', sizes)],
    ['V-JEPA 2', vjepa2EncoderConfig('vit_tiny', sizes)],
  ])('shows %s a picture as one tubelet of equal frames', async (_, encoder) => {
    const parameters = initializeClipEncoder(encoder, mersenneTwister(1));
    const extractor = denseExtractor(engine, { encoder, layer: 2, size }, parameters);
    const clips = featureExtractor({ engine, encoder, parameters, frames: 2, size });
    expect(extractor.grid).toEqual({ depth: 1, height: 2, width: 3 });
    const frame = 16 * 24 * 3;
    const repeated = new Uint8Array(4 * frame);
    for (let i = 0; i < 4; i++) repeated.set(picture.subarray((i >> 1) * frame, ((i >> 1) + 1) * frame), i * frame);
    expect(await extractor.extract(picture, 2)).toBeAllClose(await clips.extract(repeated, 2), { atol: 1e-5 });
    extractor.dispose();
    clips.dispose();
  });

  it('shows V-JEPA 2.1 a picture by itself', async () => {
    const encoder = vjepa21EncoderConfig('vit_tiny', { ...sizes, normLayers: [1] });
    const parameters = initializeClipEncoder(encoder, mersenneTwister(1));
    const extractor = denseExtractor(engine, { encoder, layer: 2, size }, parameters);
    const pictures = featureExtractor({ engine, encoder, parameters, frames: 1, size });
    const features = await extractor.extract(picture, 2);
    expect(features).toBeAllClose(await pictures.extract(picture, 2), { atol: 1e-6 });
    // What it makes of two equal frames is something else.
    const twice = featureExtractor({ engine, encoder, parameters, frames: 1, repeats: 2, size });
    const other = await twice.extract(picture, 2);
    expect(Math.max(...features.map((value, i) => Math.abs(value - other[i]!)))).toBeGreaterThan(0.01);
    for (const one of [extractor, pictures, twice]) one.dispose();
  });
});
