import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateMovingShapes, movingShapesSample } from '@vjepa/benchmarks';
import { openEngine } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { planPretraining, pretrain } from '@vjepa/training';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, expect, it } from 'vitest';
import { loadPredictingModels } from './load-predicting-models.js';
import { measureSurprise } from './measure-surprise.js';

const folder = temporaryFolder('cut');
const look = { seed: 0, frames: 32, size: 32 };
/** The time step, of two frames, that the second half of a video begins with. */
const CUT = 8;
const files: { path: string; name: string }[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, 'train'));
  for (const { frames, index } of generateMovingShapes({ ...look, split: 'train', count: 24 })) {
    await encodeVideo({ frames, rate: 25, output: join(folder, 'train', `${index}.mp4`) });
  }
  for (let i = 0; i < 6; i++) {
    const [before, after] = [0, 1].map((half) => movingShapesSample(look, 'val', 2 * i + half).frames.data);
    const data = before!.slice();
    data.set(after!.subarray(data.length / 2), data.length / 2);
    const [name, frames] = [`${i}.mp4`, { data, frames: 32, height: 32, width: 32 }];
    await encodeVideo({ frames, rate: 25, output: join(folder, name) });
    files.push({ path: join(folder, name), name });
  }
}, 60_000);

/** How much more surprising the cut is than the time steps before it, on average, after some steps of pretraining. */
async function surpriseAtCut(steps: number): Promise<number> {
  const engine = await openEngine();
  const run = join(folder, `run-${steps}`);
  const plan = planPretraining({
    videos: join(folder, 'train'),
    model: 'vit_tiny',
    ...{ epochs: 1, stepsPerEpoch: steps, batchSize: 16, clips: { frameStep: 1 } },
    encoder: { numFrames: 4, imageSize: 32, patchSize: 8, embedDim: 48, depth: 2, numHeads: 3 },
    predictor: { embedDim: 24, depth: 1, numHeads: 3 },
    optimization: { warmupEpochs: 0.1, learningRate: { start: 1e-3, reference: 3e-3, final: 1e-4 } },
  });
  await pretrain({ plan, folder: run, engine: async () => engine, print: () => {} });
  const models = await loadPredictingModels(run);
  const { videos } = await measureSurprise({ engine, ...models, files, frameStep: 1, shift: 1 });
  const ratios = videos.map(({ steps: each }) => {
    const earlier = each.slice(1, CUT).map(({ surprise }) => surprise!);
    return each[CUT]!.surprise! / (earlier.reduce((sum, value) => sum + value, 0) / earlier.length);
  });
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

it('a cut surprises a model that was pretrained, and one that was not no more than any time step', {
  timeout: 600_000,
}, async () => {
  expect(await surpriseAtCut(1)).toBeLessThan(1.1);
  // Found: 2.1.
  expect(await surpriseAtCut(200)).toBeGreaterThan(1.5);
});
