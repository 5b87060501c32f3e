import { describe, expect, it } from 'vitest';
import { readFixtureJson, readFixtureTensors } from './fixtures.js';

describe('fixtures', () => {
  it('are read as their manifest describes them', () => {
    const { crop_size } = readFixtureJson('video-transform/manifest.json');
    const { frames } = readFixtureTensors('video-transform/tensors.safetensors');
    expect(frames!.data).toBeInstanceOf(Uint8Array);
    expect(frames!.data).toHaveLength(frames!.shape.reduce((product, length) => product * length, 1));
    expect(crop_size).toBeGreaterThan(0);
  });
});
