import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@vjepa/checkpoints';
import { encodeVideo, evaluationTransform, imageEvaluationTransform, openVideo, readImage } from '@vjepa/video';
import { encoderConfig } from '@vjepa/vit';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { openEngine } from '../engine/engine.js';
import { fixture, runVjepa, smallModel, temporaryFolder } from '../run-vjepa.fixture.js';
import { featureExtractor } from './feature-extractor.js';

const folder = temporaryFolder('features');
const checkpoint = fixture('probe-small/encoder.pth.tar');
const encoder = encoderConfig('vit_tiny', { imageSize: 48, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 });

function features(input: string, output: string, ...more: string[]) {
  return runVjepa('features', '--checkpoint', checkpoint, ...smallModel, '--input', input, '--output', output, ...more);
}

/** What the encoder makes of pixels, called directly. */
async function encoded(pixels: Uint8Array, frames: number): Promise<Float32Array> {
  const engine = await openEngine({ backend: 'wasm' });
  const { parameters } = await loadEncoder(checkpoint, encoder);
  const extractor = featureExtractor({ engine, encoder, parameters, frames, batchSize: 2 });
  const values = await extractor.extract(pixels, 1);
  extractor.dispose();
  return values;
}

describe('vjepa features', () => {
  beforeAll(async () => {
    for (const name of ['a', 'b']) {
      const data = Uint8Array.from({ length: 30 * 64 * 80 * 3 }, (_, i) => (i * 7 + name.charCodeAt(0)) % 256);
      const frames = { data, frames: 30, height: 64, width: 80 };
      await encodeVideo({ frames, rate: 10, output: join(folder, `${name}.mp4`) });
    }
  });

  it('are those of the centre clip', async () => {
    const output = join(folder, 'one.safetensors');
    const { code, stdout, stderr } = await features(join(folder, 'a.mp4'), output, '--backend', 'wasm');
    expect(code, stdout).toBe(0);
    expect(stderr).toMatch(/^decoder +\w+: decoder "\w+" was (chosen|asked for)/m);
    expect(stdout).toContain('features [18, 48] of 1 video');
    const { features: stored } = await readSafetensors(output);
    expect(stored!.shape).toEqual([18, 48]);

    // 4 frames of step 4 span 16 of the 30 frames, from frame (30 - 16) / 2 = 7 on: 16 / 3 apart, the end included.
    const video = await openVideo(join(folder, 'a.mp4'));
    const pixels = evaluationTransform(
      await video.decode([7, 12, 17, 22]),
      { size: 48 },
      new Uint8Array(4 * 48 * 48 * 3),
    );
    await video.close();
    expect(stored!.data).toEqual(await encoded(pixels, 4));
  });

  it('of a folder are stacked in the order of its files', async () => {
    const [one, all] = [join(folder, 'b.safetensors'), join(folder, 'all.safetensors')];
    await features(join(folder, 'b.mp4'), one, '--backend', 'wasm');
    expect((await features(folder, all, '--backend', 'wasm')).stdout).toContain('[2, 18, 48] of 2 videos');
    const stacked = (await readSafetensors(all)).features!;
    expect((stacked.data as Float32Array).slice(18 * 48)).toEqual((await readSafetensors(one)).features!.data);
    const pooled = join(folder, 'pooled.safetensors');
    await features(folder, pooled, '--backend', 'wasm', '--pool', 'mean', '--clips', '2', '--views', '3');
    expect((await readSafetensors(pooled)).features!.shape).toEqual([2, 2, 3, 48]);
  });

  it('of a picture are those of a still clip', async () => {
    const path = join(folder, 'images', 'picture.png');
    const data = Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 13) % 251);
    mkdirSync(join(folder, 'images'));
    await sharp(data, { raw: { width: 90, height: 60, channels: 3 } })
      .png()
      .toFile(path);
    const output = join(folder, 'picture.safetensors');
    expect((await features(path, output, '--backend', 'wasm')).stdout).toContain('features [18, 48] of 1 image');
    const still = imageEvaluationTransform(await readImage(path), { size: 48 }, new Uint8Array(48 * 48 * 3));
    const clip = new Uint8Array(4 * still.length);
    for (let t = 0; t < 4; t++) clip.set(still, t * still.length);
    const { features: stored } = await readSafetensors(output);
    const expected = await encoded(clip, 4);
    (stored!.data as Float32Array).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it('name what cannot be read', async () => {
    const broken = join(folder, 'broken.avi');
    writeFileSync(broken, 'not a video at all');
    const output = join(folder, 'none.safetensors');
    expect(await features(broken, output, '--backend', 'wasm')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('broken.avi'),
    });
    expect(await features(join(folder, 'none'), output)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none: no such file or folder'),
    });
  });
});
