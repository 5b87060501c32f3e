import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scalarOf } from '@vjepa/engine';
import { pretrainingStateOf } from '@vjepa/jepa';
import { centreClipOptions, examineClips } from '@vjepa/report';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  checkpointPath,
  loadCheckpoint,
  maskInputs,
  type PretrainingObserver,
  readMetrics,
  type TrainingWarning,
} from '@vjepa/training';
import { centreClip } from '@vjepa/video';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';
import { openEngine } from '../engine/engine.js';
import { commandLineName } from '../option-names.js';
import { report } from '../report/report.js';
import { runPretraining } from './run-pretraining.js';

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
  const error = await runPretraining({ ...options, observers: [observer], print: (line) => lines.push(line) }).then(
    () => undefined,
    (error: Error) => error,
  );
  return { path: join(folder, name), plan: planOf(config), lines, events, warnings, error };
}

describe('a run that is watched', { timeout: 90_000 }, () => {
  it('tells observers everything in order, and writes TensorBoard events', async () => {
    const { events, path, error, warnings } = await run('plain', 'optimization.epochs=1', 'optimization.ipe=3');
    expect(error).toBeUndefined();
    expect(events).toEqual(['start', 'step 1', 'step 2', 'step 3', 'checkpoint 3', 'end']);
    expect(warnings).toEqual([]);
    expect(existsSync(join(path, 'tensorboard'))).toBe(true);

    // The report runs the checkpoint on some of the videos and shows masks, features and the worst predictions.
    await report(path, { backend: 'wasm', clips: 3, output: join(path, 'report.html') });
    const page = readFileSync(join(path, 'report.html'), 'utf8');
    for (const id of ['masks', 'features', 'worst']) expect(page).toContain(`<section id="${id}">`);
    expect(page.match(/src="data:image\/png;base64,/g)).toHaveLength(2 + 3 + 3);
  });

  it('probes what the target encoder has learned, which changes nothing of the training', async () => {
    const labels = join(folder, 'labels.csv');
    const listed = [...paths.map((path, i) => `${path} ${i % 2}`), `${join(folder, 'gone.mp4')} 0`];
    writeFileSync(labels, `${listed.join('\n')}\n`);
    const three = ['optimization.epochs=1', 'optimization.ipe=3'];
    const probed = await run('probed', ...three, `probe.dataset=${labels}`, 'probe.every=2', 'probe.held_out=0.5');
    expect(probed.error).toBeUndefined();
    const found = readMetrics(join(probed.path, 'metrics.jsonl'));
    expect(found.map(({ probe_accuracy }) => typeof probe_accuracy)).toEqual(['number', 'number', 'number']);
    for (const { probe_accuracy, probe_chance, probe_videos } of found) {
      expect(probe_videos).toBeLessThanOrEqual(3); // of five, one of which is gone
      expect([0, 1 / 3, 1 / 2, 2 / 3, 1]).toContain(probe_accuracy);
      expect(probe_chance).toBeLessThanOrEqual(1);
    }
    expect(probed.lines.filter((line) => /^probe {6}step \d: \d+\.\d % of \d held-out/.test(line))).toHaveLength(3);

    const plain = await run('unprobed', ...three);
    const state = async ({ path }: { path: string }) =>
      (await loadCheckpoint(checkpointPath(join(path, 'checkpoints'), 3))).state;
    expect(await state(probed)).toEqual(await state(plain));
  });

  it('goes on when a probe fails, and does not start without two classes', async () => {
    const labels = join(folder, 'gone.csv');
    writeFileSync(labels, [0, 1, 0, 1].map((label, i) => `/gone/${i}.mp4 ${label}\n`).join(''));
    const one = ['optimization.epochs=1', 'optimization.ipe=1'];
    const gone = await run('gone', ...one, `probe.dataset=${labels}`);
    expect(gone.error).toBeUndefined();
    expect(gone.lines).toContainEqual(expect.stringMatching(/warning: step 1: the probe failed.*0 can be decoded/));
    const refused = await run('refused', ...one, `probe.dataset=${join(folder, 'index.csv')}`);
    expect(refused.error?.message).toMatch(/index\.csv: a probe needs at least two classes/);
    expect(existsSync(refused.path)).toBe(false);
  });

  it.each(['elementwise', 'block'])('recomputes %s where asked, to the same numbers', async (recompute) => {
    const three = ['optimization.epochs=1', 'optimization.ipe=3'];
    const losses = async (name: string, ...set: string[]) => {
      const { path, error } = await run(name, ...three, ...set);
      expect(error).toBeUndefined();
      return readMetrics(join(path, 'metrics.jsonl')).map(({ loss }) => loss);
    };
    const kept = await losses(`kept-${recompute}`);
    const recomputed = await losses(recompute, `optimization.recompute=${recompute}`);
    for (const [i, loss] of recomputed.entries()) expect(loss).toBeCloseTo(kept[i]!, 6);
  });

  it('examines clips with the loss that a training step has', async () => {
    const { path, plan } = await run('examined', 'optimization.epochs=1', 'optimization.ipe=1', 'meta.dtype=float32');
    const checkpoint = { path: checkpointPath(join(path, 'checkpoints'), 1), step: 1 };
    const engine = await openEngine({ backend: 'wasm' });
    const clips = await Promise.all(paths.slice(0, 2).map((video) => centreClip(video, centreClipOptions(plan))));
    const examined = await examineClips({ clips, plan, checkpoint, engine });
    const { state } = await loadCheckpoint(checkpoint.path);
    const step = engine.bind(plan.step, pretrainingStateOf(state));
    const { loss } = await step({
      clips: { shape: [2, 4, 32, 32, 3], data: Uint8Array.from(clips.flatMap(({ pixels }) => [...pixels])) },
      ...{ step: 2, learningRate: 0, weightDecay: 0, momentum: 1, clipNorm: 0 },
      ...maskInputs(plan.masksAt(checkpoint.step)),
    });
    step.dispose();
    expect((examined[0]!.loss + examined[1]!.loss) / 2).toBeCloseTo(scalarOf(loss), 5);
    expect(examined[0]!.loss).not.toBe(examined[1]!.loss);
  });

  it('warns within 100 steps of a collapse, provoked by momentum 0 and a huge learning rate', async () => {
    const { warnings, lines, error } = await run(
      'collapse',
      ...['optimization.epochs=3', 'optimization.ema=[0, 0]', 'optimization.start_lr=0.05', 'optimization.lr=0.05'],
    );
    expect(error).toBeUndefined();
    const collapse = warnings.find(({ kind }) => kind === 'collapse');
    expect(collapse?.step).toBeLessThanOrEqual(100);
    expect(lines).toContain(`WARNING: ${collapse!.message.inWords(commandLineName)}`);
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

    await report(path, { backend: 'wasm', clips: 0 });
    const page = readFileSync(join(path, 'report.html'), 'utf8');
    expect(page).toContain(`The run stopped at step ${step}, whose loss or gradients were not finite`);
    for (const video of videos) expect(page).toContain(video);
  });
});
