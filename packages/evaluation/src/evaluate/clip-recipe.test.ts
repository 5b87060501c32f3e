import { encoderConfig, vjepa2EncoderConfig, vjepa21EncoderConfig } from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { type ClipSettings, videoRecipes } from './clip-recipe.js';

const FIRST = encoderConfig('vit_large');

/** The clips of validation as the key of a cache has them. */
function written(encoder: Parameters<typeof videoRecipes>[0], settings: ClipSettings = {}): string {
  return JSON.stringify(videoRecipes(encoder, settings).validation.clip);
}

describe('the clips of videos', () => {
  it('of V-JEPA are 16 frames, 4 apart, under the keys by which caches of earlier versions are found', () => {
    const rest = '"allowOverlap":true,"clips":1,"placement":"center"';
    expect(written(FIRST)).toBe(`{"framesPerClip":16,"frameStep":4,${rest}}`);
    const seconds = '"allowOverlap":true,"duration":2,"clips":1,"placement":"center"';
    expect(written(FIRST, { duration: 2 })).toBe(`{"framesPerClip":16,"frameStep":4,${seconds}}`);
  });

  it.each([
    ['2', vjepa2EncoderConfig('vit_large')],
    ['2.1', vjepa21EncoderConfig('vit_large')],
  ])('of V-JEPA %s are 64 frames, 4 a second, where nothing else is said', (_, encoder) => {
    expect(JSON.parse(written(encoder))).toMatchObject({ framesPerClip: 64, clipRate: 4 });
    expect(written(encoder, { frames: 16, frameStep: 4 })).toBe(written(FIRST));
    expect(written(encoder, { frames: 16, duration: 2 })).toBe(written(FIRST, { duration: 2 }));
    expect(JSON.parse(written(FIRST, { clipRate: 8 }))).toMatchObject({ framesPerClip: 16, clipRate: 8 });
  });
});
