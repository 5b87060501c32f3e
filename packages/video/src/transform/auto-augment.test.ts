import { crc32 } from 'node:zlib';
import { pythonRandom } from '@vjepa/random';
import { expect, it } from 'vitest';
import { randomStreams } from '../sampling/random-streams.js';
import { autoAugment, IMAGENET_POLICY } from './auto-augment.js';
import { patternedFrames } from './patterned-frames.fixture.js';

// CRC-32 of a 24x36 pattern picture after the same draws made with Python's random (seeded with the number given) and
// the operations of Pillow 13.0.
it.each([
  [0, 3541237501],
  [1, 60937017],
  [2, 2169141710],
  [3, 4229313563],
  [5, 2579591745],
  [7, 4094352908],
  [9, 410060594],
  [10, 979771621],
  [12, 4046320387],
  [15, 1404793993],
  [17, 825671951],
  [18, 1689486405],
  [19, 146453531],
  [21, 1089626561],
  [24, 1093393106],
  [28, 4247714931],
  [29, 3479136190],
  [39, 1464101633],
])('seed %i gives the picture of checksum %i', (seed, checksum) => {
  expect(crc32(autoAugment(patternedFrames(24, 36), randomStreams(pythonRandom(seed))).data)).toBe(checksum);
});

it('the policy has 25 pairs, 20 of them different', () => {
  expect(IMAGENET_POLICY.length).toBe(25);
  expect(new Set(IMAGENET_POLICY.map((pair) => JSON.stringify(pair))).size).toBe(20);
});
