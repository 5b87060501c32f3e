import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ExtractFeaturesOptions, extractFeatures } from './extract-features.js';

const encoder = encoderConfig('vit_tiny', { imageSize: 16, numFrames: 2, depth: 2 });
const parameters = initializeEncoder(encoder, mersenneTwister(0));
const videos = [{ path: 'a.mp4', label: 0 }];
const folder = temporaryFolder('extract-features');
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
});

describe('extractFeatures', () => {
  it.each([
    [{ videos: 'train.csv' }, '`videos`: expected what readVideoIndex gives, or a list of { path, label }, found'],
    [
      { videos: undefined },
      '`videos`: expected what readVideoIndex gives, or a list of { path, label }, found undefined',
    ],
    [{ videos: ['a.mp4'] }, '`videos[0]`: expected { path, label }, found "a.mp4"'],
    [{ segments: 0 }, '`segments`: expected a whole number of at least 1, found 0'],
    [{ draws: { count: 0 } }, '`draws.count`: expected a whole number of at least 1, found 0'],
    [{ draws: { count: 2, seed: 0.5 } }, '`draws.seed`: expected a whole number, found 0.5'],
    [
      { draws: { count: 2, scale: [0, 1] } },
      '`draws.scale`: expected two shares of the area, above 0, at most 1, the smaller',
    ],
    [{ draws: { count: 2 }, views: 3 }, '`views`: expected 1 where clips are drawn, found 3'],
    [{ views: '3' }, '`views`: expected a whole number of at least 1, found "3"'],
    [{ batchSize: 0 }, '`batchSize`: expected a whole number of at least 1, found 0'],
    [{ pool: 'max' }, "`pool`: expected 'none' or 'frames' or 'mean', found \"max\""],
    [{ layers: [3] }, "`layers`: expected a list of the encoder's blocks, 1 to 2, found [3]"],
    [{ prefix: 'yes' }, '`prefix`: expected true or false, found "yes"'],
    [{ layers: 1 }, "`layers`: expected a list of the encoder's blocks, 1 to 2, found 1"],
    [{ encoder: 'vit_tiny' }, '`encoder`: expected what loadEncoder or encoderConfig gives, found "vit_tiny"'],
    [{ parameters: undefined }, '`parameters`: expected what loadEncoder or initializeEncoder gives, found undefined'],
    [{ engine: openEngine }, '`engine`: expected an open one: await openEngine(), found "a function"'],
  ])('refuses %j', async (wrong, message) => {
    const options = { engine, encoder, parameters, videos, ...wrong } as ExtractFeaturesOptions;
    await expect(extractFeatures(options)).rejects.toThrow(message);
  });

  it('draws as many clips of each video as asked for, by the seed', async () => {
    const data = Uint8Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24);
    const two = ['a.mp4', 'b.mp4'].map((name, label) => ({ path: join(folder, name), label }));
    const frames = { data, frames: 4, height: 16, width: 16 };
    for (const { path } of two) await encodeVideo({ frames, rate: 8, output: path });
    const features = async (draws: ExtractFeaturesOptions['draws']) =>
      extractFeatures({ engine, encoder, parameters, videos: two, frameStep: 2, decoder: 'wasm', draws });
    const uncropped = { scale: [1, 1], aspectRatio: [1, 1], flipProbability: 0 } as const;
    const { features: whole } = await features({ count: 2, ...uncropped });
    expect(whole.slice(2)).toEqual(whole.slice(0, 2));
    const drawn = await features({ count: 3, seed: 5 });
    expect(drawn.videos).toEqual([...two, ...two, ...two]);
    expect(new Set(drawn.features.map(String)).size).toBe(6);
    expect(await features({ count: 3, seed: 5 })).toEqual(drawn);
    expect((await features({ count: 3, seed: 6 })).features[0]).not.toEqual(drawn.features[0]);
  });
});
