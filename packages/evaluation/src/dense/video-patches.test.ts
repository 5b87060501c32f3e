import '@vjepa/test-kit/all-close';
import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { videoPatches } from './video-patches.js';

const folder = temporaryFolder('video-patches');
const path = join(folder, 'a.mp4');
const size = { imageSize: 16, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
const encoder = encoderConfig('vit_tiny', size);
const parameters = initializeEncoder(encoder, mersenneTwister(1));
const common = { encoder, parameters, path, frameStep: 1, decoder: 'wasm' } as const;
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  const data = Uint8Array.from(
    { length: 10 * 16 * 16 * 3 },
    (_, i) => 128 + 100 * Math.sin(i / 40 + Math.floor(i / 768)),
  );
  await encodeVideo({ frames: { data, frames: 10, height: 16, width: 16 }, rate: 10, output: path });
});

describe('videoPatches', () => {
  it('has every time step of the video once, with its frame and its second', async () => {
    const { features, grid, frames, seconds } = await videoPatches({ engine, ...common });
    expect(grid).toEqual({ depth: 5, height: 2, width: 2 });
    expect(features).toHaveLength(5 * 4 * 24);
    expect(frames.map(({ length }) => length)).toEqual(Array(5).fill(16 * 16 * 3));
    expect(seconds.map((second) => second?.toFixed(1))).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8']);
  });

  it('has the mean of the features that overlapping clips give a time step', async () => {
    const whole = await videoPatches({ engine, ...common, shift: 1 });
    const apart = await videoPatches({ engine, ...common, shift: 2 });
    expect(apart.frames).toEqual(whole.frames);
    // Step 0 is the first clip's alone, whatever the shift.
    expect(whole.features.slice(0, 96)).toBeAllClose(apart.features.slice(0, 96), { atol: 1e-6 });
    // The second step is also seen by the clip of steps 1 and 2.
    const [mean, first] = [whole.features.slice(96, 192), apart.features.slice(96, 192)];
    expect(mean).not.toEqual(first);
    const second = mean.map((value, i) => 2 * value - first[i]!);
    // What the other clip says is a token's features, through the encoder's last norm: of mean 0 and variance 1.
    for (let token = 0; token < 4; token++) {
      const values = second.slice(token * 24, (token + 1) * 24);
      const average = values.reduce((sum, value) => sum + value / 24, 0);
      expect(average).toBeCloseTo(0, 3);
      expect(values.reduce((sum, value) => sum + (value - average) ** 2 / 24, 0)).toBeCloseTo(1, 2);
    }
  });

  it('sees a video that is shorter than the encoder’s clips in shorter ones', async () => {
    await expect(videoPatches({ engine, ...common, frameStep: 4 })).rejects.toThrow('spans 13');
    const { grid, features } = await videoPatches({ engine, ...common, frameStep: 4, frames: 2 });
    expect(grid).toEqual({ depth: 1, height: 2, width: 2 });
    expect(features).toHaveLength(4 * 24);
    const whole = await videoPatches({ engine, ...common, frames: 2, shift: 1 });
    expect(whole.grid.depth).toBe(5);
    await expect(videoPatches({ engine, ...common, frames: 3 })).rejects.toThrow('`frames`: expected a multiple of 2');
  });

  it('refuses what is no video, and layers that there are none of', async () => {
    await expect(videoPatches({ engine, ...common, path: 7 as never })).rejects.toThrow(
      '`path`: expected a video, found 7',
    );
    await expect(videoPatches({ engine, ...common, layer: 3 })).rejects.toThrow('`layers`');
    await expect(videoPatches({ engine, ...common, frameStep: 9 })).rejects.toThrow('spans 28');
  });
});
