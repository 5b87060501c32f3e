import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';
import { readMetrics } from '../run/metrics-file.js';
import { temporaryFolder } from '../run-vjepa.fixture.js';
import type { TrainingWarning } from './collapse-watch.js';
import type { PretrainingObserver } from './observer.js';
import { pretrain } from './trainer.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('watched');
let paths: string[];

beforeAll(async () => {
  paths = await writeGoodVideos(join(folder, 'videos'), 4);
  writeFileSync(join(folder, 'index.csv'), paths.map((path) => `${path} 0\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pretrains a tiny model in this process; everything said and observed. */
async function run(name: string, ...set: string[]) {
  const { config } = loadPretrainingConfig(
    smoke,
    [
      ...[
        `data.datasets=[${join(folder, 'index.csv')}]`,
        'data.batch_size=2',
        'data.num_frames=4',
        'data.crop_size=32',
      ],
      ...['data.patch_size=8', 'data.sampling_rate=2', 'model.embed_dim=48', 'model.depth=2', 'model.pred_depth=1'],
      ...['model.pred_embed_dim=24', 'optimization.ipe=10', 'checkpoints.every=1000', ...set],
    ].map(parseOverride),
  );
  const lines: string[] = [];
  const events: string[] = [];
  const warnings: TrainingWarning[] = [];
  const observer: PretrainingObserver = {
    name: 'the test',
    start: () => void events.push('start'),
    step: ({ metrics }) => void events.push(`step ${metrics.step}`),
    checkpoint: ({ step }) => void events.push(`checkpoint ${step}`),
    warning: (warning) => void warnings.push(warning),
    end: () => void events.push('end'),
  };
  const options = { config, run: join(folder, name), existing: 'refuse', engine: { backend: 'wasm' } } as const;
  const error = await pretrain({ ...options, observers: [observer], print: (line) => lines.push(line) }).then(
    () => undefined,
    (error: Error) => error,
  );
  return { path: join(folder, name), lines, events, warnings, error };
}

describe('a run that is watched', () => {
  it('tells observers everything in order, and writes TensorBoard events', async () => {
    const { events, path, error, warnings } = await run('plain', 'optimization.epochs=1', 'optimization.ipe=3');
    expect(error).toBeUndefined();
    expect(events).toEqual(['start', 'step 1', 'step 2', 'step 3', 'checkpoint 3', 'end']);
    expect(warnings).toEqual([]);
    expect(existsSync(join(path, 'tensorboard'))).toBe(true);
  });

  it('warns within 100 steps of a collapse, provoked by momentum 0 and a huge learning rate', async () => {
    const { warnings, lines, error } = await run(
      'collapse',
      ...['optimization.epochs=6', 'optimization.ema=[0, 0]', 'optimization.start_lr=0.05', 'optimization.lr=0.05'],
    );
    expect(error).toBeUndefined();
    const collapse = warnings.find(({ kind }) => kind === 'collapse');
    expect(collapse?.step).toBeLessThanOrEqual(100);
    expect(lines).toContain(`WARNING: ${collapse!.message}`);
  });

  it('stops at a loss that is not finite, naming the step and its videos, the state kept', async () => {
    const { error, path, events } = await run(
      'nan',
      ...['optimization.epochs=3', 'optimization.start_lr=1e30', 'optimization.lr=1e30'],
    );
    const [, step] = /step (\d+): (?:loss|encoder_grad_norm|predictor_grad_norm) is (?:NaN|Infinity)/.exec(
      error!.message,
    )!;
    const state = join(path, `non-finite-step-${step}`);
    expect(existsSync(`${state}.safetensors`)).toBe(true);
    const { videos } = JSON.parse(readFileSync(`${state}.json`, 'utf8')) as { videos: string[] };
    for (const video of videos) expect(error!.message).toContain(video);
    expect(readMetrics(join(path, 'metrics.jsonl')).at(-1)!.step).toBe(Number(step));
    expect(events.at(-1)).toBe('end');
  });
});
