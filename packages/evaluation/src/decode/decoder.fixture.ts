import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mersenneTwister } from '@vjepa/random';
import { encodeVideo } from '@vjepa/video';
import { encoderConfig, initializeEncoder, initializePredictor, predictorConfig } from '@vjepa/vit';
import type { PredictingModels } from '../predict/load-predicting-models.js';
import { type DecoderPlan, type DecoderSettings, planDecoder } from './decoder-plan.js';

/** An encoder of clips of 4 frames of 32 x 32 in patches of 8, and its predictor, untrained. */
export function untrainedModels(seed = 1): PredictingModels {
  const size = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 };
  const encoder = encoderConfig('vit_tiny', size);
  const predictor = predictorConfig(encoder, { embedDim: 24, depth: 1, numHeads: 2 });
  const parameters = initializeEncoder(encoder, mersenneTwister(seed));
  return {
    ...{ encoder, parameters, predictor },
    predictorParameters: initializePredictor(predictor, mersenneTwister(seed + 1)),
    notes: [],
  };
}

/** Writes six videos whose colours change from place to place, and from video to video. */
export async function colorfulVideos(folder: string): Promise<{ path: string; name: string }[]> {
  mkdirSync(folder);
  const files = Array.from({ length: 6 }, (_, v) => ({ path: join(folder, `${v}.mp4`), name: `${v}.mp4` }));
  for (const [v, { path: output }] of files.entries()) {
    const data = Uint8Array.from({ length: 16 * 32 * 32 * 3 }, (_, i) => {
      const [x, y, c] = [Math.floor(i / 3) % 32, Math.floor(i / 96) % 32, i % 3];
      return 128 + 110 * Math.sin((x * (1 + (v % 3)) + y * (2 - (v % 2)) + 9 * v * c) / 9 + v);
    });
    await encodeVideo({ frames: { data, frames: 16, height: 32, width: 32 }, rate: 10, output });
  }
  return files;
}

/** A small decoder for them. */
export function smallDecoderPlan(folder: string, settings: Partial<DecoderSettings> = {}): DecoderPlan {
  return planDecoder({
    ...{ encoder: untrainedModels().encoder, checkpoint: 'in-memory', data: { train: [folder] } },
    ...{ clips: { frameStep: 1 }, sizes: { embedDim: 48, depth: 1, numHeads: 3 }, loading: { decoder: 'wasm' } },
    ...settings,
  });
}
