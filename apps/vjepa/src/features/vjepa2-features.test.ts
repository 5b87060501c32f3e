import '@vjepa/test-kit/all-close';
import { join } from 'node:path';
import { openSafetensors, readSafetensors } from '@vjepa/checkpoints';
import { findTensorFlow } from '@vjepa/tensorflow';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import type { RgbFrames } from '@vjepa/video';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';
import { losslessVideo } from './lossless-video.fixture.js';

const folder = temporaryFolder('vjepa2-features');

interface Recorded {
  shape: number[];
  data: Uint8Array;
}

/**
 * Recorded frames [T, S, S, 3] amid a grey border, so that the centre that is cut out at test time is they. A video has one
 * frame more, or its last would be seen twice and the last but one not at all.
 */
function framed({ shape, data }: Recorded): RgbFrames {
  const [T, S] = shape as [number, number];
  const side = Math.trunc((S * 256) / 224);
  const border = Math.floor((side - S) / 2);
  const frames = T === 1 ? 1 : T + 1;
  const whole = new Uint8Array(frames * side * side * 3).fill(128);
  for (let row = 0; row < T * S; row++) {
    const [t, y] = [Math.floor(row / S), row % S];
    whole.set(data.subarray(row * S * 3, (row + 1) * S * 3), ((t * side + border + y) * side + border) * 3);
  }
  return { data: whole, frames, height: side, width: side };
}

async function inputFile(recorded: Recorded, name: string): Promise<string> {
  const frames = framed(recorded);
  const { data, height, width } = frames;
  const path = join(folder, `${name}${frames.frames === 1 ? '.png' : '.mkv'}`);
  if (frames.frames > 1) await losslessVideo(frames, path);
  else {
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
  }
  return path;
}

const CASES = [
  { kind: 'vjepa2-checkpoint', frames: 'frames', features: 'features.target_encoder', grid: [4, 4, 4] },
  { kind: 'vjepa21-checkpoint', frames: 'video.frames', features: 'video.features', grid: [2, 3, 3] },
  { kind: 'vjepa21-checkpoint', frames: 'image.frames', features: 'image.features', grid: [1, 3, 3] },
];
/** What tensors do not tell: heads and clips; and of V-JEPA 2, whose files carry a table of V-JEPA's, that it is no V-JEPA. */
const SAID: Record<string, string[]> = {
  'vjepa2-checkpoint': [
    ...['--model', 'vjepa2_vit_tiny', '--embed-dim', '20', '--depth', '2', '--num-heads', '1'],
    ...['--resolution', '32', '--frames', '8'],
  ],
  'vjepa21-checkpoint': ['--num-heads', '1', '--resolution', '48', '--frames', '4'],
};
const ENGINES = ['wasm', ...((await findTensorFlow()) === undefined ? [] : ['tensorflow'])];

describe.each(ENGINES)('vjepa features on %s', (backend) => {
  it.each(CASES)('of a $kind’s $frames are the recorded ones', async ({ kind, frames, features, grid }) => {
    const recorded = await readSafetensors(fixture(`${kind}/tensors.safetensors`));
    const input = await inputFile(recorded[frames] as Recorded, frames);
    const output = join(folder, `${features}.${backend}.safetensors`);
    const { code, stderr } = await runVjepa(
      ...['features', '--checkpoint', fixture(`${kind}/checkpoint.pt`), '--backend', backend, '--frame-step', '1'],
      ...[...SAID[kind]!, '--input', input, '--output', output],
    );
    expect(code, stderr).toBe(0);
    const found = (await readSafetensors(output)).features!;
    expect([1, ...found.shape]).toEqual(recorded[features]!.shape);
    expect(found.data as Float32Array).toBeAllClose(recorded[features]!.data as Float32Array, { ofLargest: 1e-4 });
    const { metadata, close } = await openSafetensors(output);
    await close();
    const version = kind === 'vjepa2-checkpoint' ? '2' : '2.1';
    expect(JSON.parse(metadata.grid!)).toEqual(grid);
    expect(JSON.parse(metadata.frame_indices!)[0]).toHaveLength(recorded[frames]!.shape[0]!);
    expect(JSON.parse(metadata.encoder!)).toMatchObject({ version });
    expect(metadata).toMatchObject({ pool: 'none', prefix: 'false' });
  });
});
