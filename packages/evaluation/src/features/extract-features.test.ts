import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ExtractFeaturesOptions, extractFeatures } from './extract-features.js';

const encoder = encoderConfig('vit_tiny', { imageSize: 16, numFrames: 2, depth: 2 });
const parameters = initializeEncoder(encoder, mersenneTwister(0));
const videos = [{ path: 'a.mp4', label: 0 }];
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
});
