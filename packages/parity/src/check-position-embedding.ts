import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '@vjepa/training';
import {
  interpolatePositionEmbedding,
  type PositionTable,
  positionEmbedding1d,
  positionEmbedding2d,
  positionEmbedding3d,
  tokenGrid,
} from '@vjepa/vit';
import { type Comparison, compareTensor, tolerance, type Values } from './comparison.js';
import { type Fixture, readTensors } from './fixture.js';

type Case =
  | { kind: '1d' | '2d'; dim: number; grid: number }
  | { kind: '3d'; dim: number; grid: number; depth: number; uniform_power: boolean }
  | { kind: 'interpolated'; dim: number; img: number; frames: number; to_img: number; to_frames?: number };

/** Patch and tubelet size of the models whose tables the interpolated cases resample. */
const PATCH = 16;
const TUBELET = 2;

/** Kind `position-embedding`: sine-cosine tables and their interpolation to other input sizes. */
export async function checkPositionEmbedding(fixture: Fixture): Promise<Comparison[]> {
  const { cases } = fixture.manifest as { cases: Case[] };
  const expected = await readTensors(fixture);
  const comparisons: Comparison[] = [];
  for (const [i, settings] of cases.entries()) {
    const name = `case${i}`;
    comparisons.push(
      compareTensor(`${name} (${settings.kind})`, await table(settings), expected(name), tolerance.forward),
    );
  }
  return comparisons;
}

async function table(settings: Case): Promise<Values> {
  switch (settings.kind) {
    case '1d':
      return positionEmbedding1d(settings.dim, settings.grid);
    case '2d':
      return positionEmbedding2d(settings.dim, { height: settings.grid, width: settings.grid });
    case '3d': {
      const { dim, grid, depth, uniform_power: uniformPower } = settings;
      return positionEmbedding3d(dim, { depth, height: grid, width: grid }, { uniformPower });
    }
    case 'interpolated':
      return interpolated(settings);
    default:
      throw new InputError({
        subject: 'position-embedding fixture',
        problem: `unknown case ${JSON.stringify(settings)}`,
      });
  }
}

async function interpolated(settings: Extract<Case, { kind: 'interpolated' }>): Promise<Values> {
  const { dim, img, frames, to_img, to_frames = frames } = settings;
  const video = frames > 1;
  const grid = tokenGrid({ imageSize: img, numFrames: frames, patchSize: PATCH, tubeletSize: TUBELET });
  const source: PositionTable = video
    ? positionEmbedding3d(dim, grid, { uniformPower: true })
    : positionEmbedding2d(dim, grid);
  const scale = { depth: to_frames / frames, height: to_img / img, width: to_img / img };
  const resampled = tf.tidy(() => {
    const tokens = tf.tensor(source.data, [1, ...source.shape]);
    return interpolatePositionEmbedding(tokens, grid, scale, video ? 'trilinear' : 'bicubic').table;
  });
  const data = await resampled.data();
  const shape = resampled.shape.slice(1);
  resampled.dispose();
  return { shape, data };
}
