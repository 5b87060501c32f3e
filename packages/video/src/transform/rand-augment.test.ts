import { crc32 } from 'node:zlib';
import { numpyRandom, pythonRandom, torchRandom } from '@vjepa/random';
import { expect, it } from 'vitest';
import { sampleRandom } from '../sampling/random-streams.js';
import { patternedFrames } from './patterned-frames.fixture.js';
import { randAugment, randAugmentOperations } from './rand-augment.js';

// CRC-32 of two 24x36 pattern frames after the same draws made with Python's random and NumPy (both seeded with the
// number given) and the operations of Pillow 13.0; together the seeds apply every operation.
it.each([
  [0, 3274250949, 'AutoContrast Rotate'],
  [1, 3743086566, 'Solarize ShearX ShearY Contrast'],
  [3, 51117876, 'Sharpness Brightness'],
  [5, 4233915606, ''],
  [7, 4185720695, 'Posterize Brightness SolarizeAdd Rotate'],
  [8, 3857726201, 'Rotate Posterize Equalize'],
  [9, 3378999207, 'TY ShearY Solarize'],
  [10, 2565344946, 'TX'],
  [11, 91460040, 'Brightness Equalize'],
  [12, 4181701274, 'ShearX ShearX SolarizeAdd'],
  [13, 983592598, 'Invert Sharpness AutoContrast'],
  [16, 3779069442, 'Brightness TY Brightness Solarize'],
  [18, 3468324152, 'Sharpness Rotate Contrast'],
  [28, 2777242671, 'Equalize Brightness Solarize SolarizeAdd'],
  [32, 3066507670, 'Color ShearX Solarize'],
])('seed %i gives the clip of checksum %i (%s)', (seed, checksum) => {
  const random = { numpy: numpyRandom(seed), python: pythonRandom(seed), torch: torchRandom(seed) };
  expect(crc32(randAugment(patternedFrames(24, 36, 2), {}, random).data)).toBe(checksum);
});

it('the given frames are never written to', () => {
  const clip = patternedFrames(12, 10, 2);
  const before = clip.data.slice();
  for (let i = 0; i < 40; i++) randAugment(clip, { probability: 1 }, sampleRandom(1, 0, i));
  expect(clip.data).toEqual(before);
});

it('there are fifteen operations; none applied returns the frames themselves', () => {
  expect(randAugmentOperations.length).toBe(15);
  const clip = patternedFrames(4, 4);
  expect(randAugment(clip, { operations: 0 }, sampleRandom(0, 0, 0))).toBe(clip);
});
