import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import { stagingEngine } from '@vjepa/test-kit/staging-engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPretraining } from '../plan/plan-pretraining.js';
import { checkpointPath, loadCheckpoint } from '../run/checkpoint-store.js';
import { readMetrics } from '../run/metrics-file.js';
import { fewVideos } from './few-videos.fixture.js';
import { pretrain } from './pretrain.js';

const folder = temporaryFolder('staged');
let engine: Engine;
let videos: string;
beforeAll(async () => {
  engine = await openEngine({ backend: 'wasm' });
  videos = await fewVideos(join(folder, 'videos'), 5);
});

async function trained(name: string, on: Engine) {
  const plan = planPretraining({
    ...{ videos, model: 'vit_tiny', epochs: 1, stepsPerEpoch: 4, batchSize: 2 },
    encoder: { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 1, numHeads: 2 },
    predictor: { embedDim: 12, depth: 1 },
    clips: { frameStep: 2 },
  });
  const run = join(folder, name);
  await pretrain({ plan, folder: run, engine: on, print: () => {} });
  const { state } = await loadCheckpoint(checkpointPath(join(run, 'checkpoints'), 4));
  return { state, losses: readMetrics(join(run, 'metrics.jsonl')).map(({ loss }) => loss) };
}

describe('a pretraining on an engine that stages inputs', () => {
  it('gives it those of every step, one ahead at most, and has the same numbers', {
    timeout: 60_000,
  }, async () => {
    const events: string[] = [];
    const staged = await trained('ahead', stagingEngine(engine, events));
    expect(staged).toEqual(await trained('plain', engine));
    let waiting = 0;
    for (const event of events) {
      if (event === 'staged') waiting += 1;
      if (event === 'begun') waiting -= 1;
      // The step's own, if it has not begun yet, and those of the next.
      expect([0, 1, 2]).toContain(waiting);
    }
    expect(events.filter((event) => event === 'staged')).toHaveLength(4);
    expect(events.filter((event) => event === 'done')).toHaveLength(4);
  });
});
