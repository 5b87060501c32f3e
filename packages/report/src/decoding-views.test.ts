import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, flatten, type HostTensor, openEngine } from '@vjepa/engine';
import { loadPredictingModels, planDecoder, trainDecoder } from '@vjepa/evaluation';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { createRunLog, planPretraining, saveCheckpoint } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodingViews } from './decoding-views.js';

const folder = temporaryFolder('decoding-views');
const video = join(folder, 'a.mp4');
const decoder = join(folder, 'pixel_decoder', 'decoder.safetensors');
let engine: Engine;

/** A run before its first step, from a seed. */
async function untrained(seed: number) {
  const plan = planPretraining({
    ...{ videos: folder, model: 'vit_tiny', epochs: 1, stepsPerEpoch: 1, batchSize: 2, seed, clips: { frameStep: 1 } },
    encoder: { numFrames: 4, imageSize: 32, patchSize: 8, embedDim: 48, depth: 1, numHeads: 3 },
    predictor: { embedDim: 24, depth: 1, numHeads: 3 },
  });
  const checkpoints = join(folder, `checkpoints-${seed}`);
  mkdirSync(checkpoints);
  const state = flatten<HostTensor>(plan.initialState());
  return { plan, checkpoint: { path: await saveCheckpoint(checkpoints, { step: 1, state, run: {} }), step: 1 } };
}

beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  const data = Uint8Array.from({ length: 16 * 32 * 32 * 3 }, (_, i) => (i * 7) & 255);
  await encodeVideo({ frames: { data, frames: 16, height: 32, width: 32 }, rate: 10, output: video });
}, 600_000);

describe('decodingViews', { timeout: 600_000 }, () => {
  it('shows what is decoded of the newest checkpoint, and says why where the decoder is another’s', async () => {
    const run = await untrained(0);
    expect(await decodingViews({ ...run, decoder }, [video], engine)).toBeUndefined();

    const models = await loadPredictingModels(run.checkpoint.path, { encoder: run.plan.encoder, predictorHeads: 3 });
    const plan = planDecoder({
      ...{ encoder: run.plan.encoder, checkpoint: run.checkpoint.path, data: { train: [video] } },
      ...{ clips: { frameStep: 1 }, sizes: { embedDim: 24, depth: 1, numHeads: 2 }, training: { epochs: 1 } },
    });
    const log = createRunLog({ print: () => {} });
    await trainDecoder({ plan, models, engine, log, folder: join(folder, 'pixel_decoder') });
    const shown = await decodingViews({ ...run, decoder }, [video], engine);
    expect(shown).toMatchObject({ clips: [{ path: video, quality: expect.stringContaining('samples differ by') }] });

    const other = await decodingViews({ ...(await untrained(1)), decoder }, [video], engine);
    expect(String((other as { problem: unknown }).problem)).toContain('it was trained on other weights');
  });
});
