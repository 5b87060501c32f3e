import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeMovingShapes } from '@vjepa/benchmarks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { readMetrics } from '@vjepa/training';
import { encodeVideos } from '@vjepa/video';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  browserReason,
  checkReportInBrowser,
  hasBrowser,
} from '../../../../packages/report/src/report-browser.fixture.js';
import {
  hasTensorBoard,
  readWithTensorBoard,
} from '../../../../packages/training/src/tensorboard/tensorboard.fixture.js';
import { runPretraining } from '../commands/run-pretraining.js';
import { report } from '../report/report.js';
import { demoVideos } from './demo.js';
import { demoConfig } from './demo-config.js';

// The demo's pretraining, its videos and its report, shortened to six steps; with a probe.
const folder = temporaryFolder('demo');
const run = join(folder, 'run');
const STEPS = 6;

beforeAll(async () => {
  const counts = { train: 32 };
  const videos = await writeMovingShapes(join(folder, 'videos'), { ...demoVideos, counts }, { encode: encodeVideos });
  const index = videos.indexes.train!.motion!;
  const config = demoConfig([
    { path: ['data', 'datasets'], value: [index] },
    { path: ['data', 'batch_size'], value: 4 },
    { path: ['optimization', 'ipe'], value: 3 },
    { path: ['optimization', 'epochs'], value: 2 },
    { path: ['probe'], value: { dataset: index, every: 3 } },
  ]);
  await runPretraining({ config, run, existing: 'refuse', engine: { backend: 'wasm' }, print: () => {} });
  await report(run, { backend: 'wasm', clips: 6 });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run of the demo', () => {
  it.skipIf(!hasBrowser)(`has a report that a browser shows whole${browserReason}`, { timeout: 90_000 }, async () => {
    const { charts, pictures } = await checkReportInBrowser(join(run, 'report.html'));
    for (const title of ['Loss', 'Probe on held-out videos', 'Deviation of features'])
      expect([...charts.keys()]).toContain(title);
    expect(charts.size).toBeGreaterThanOrEqual(16);
    expect(pictures).toBe(2 + 4 + 5); // masks, features, worst predicted
  });

  it.skipIf(!hasTensorBoard)('is read by TensorBoard (needs python3 with tensorboard)', { timeout: 60_000 }, () => {
    const { scalars, histograms, images } = readWithTensorBoard(join(run, 'tensorboard'));
    const metrics = readMetrics(join(run, 'metrics.jsonl'));
    expect(scalars['loss/total']).toEqual(metrics.map(({ step, loss }) => [step, Math.fround(loss)]));
    expect(scalars['probe/accuracy']!.map(([step]) => step)).toEqual([1, 3, 6]);
    expect(Object.keys(scalars).length).toBeGreaterThan(30);
    const weights = histograms['weights/encoder/blocks/0/attn/qkv/weight']!;
    expect(weights.map(([step, values]) => [step, values])).toEqual([3, STEPS].map((step) => [step, 96 * 3 * 96]));
    expect(images['masks/clips']).toMatchObject([[1, expect.any(Number), expect.any(Number), 'PNG']]);
  });
});
