import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mersenneTwister } from '@vjepa/random';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { checkpointPath, listCheckpoints, loadCheckpoint, readBadVideos, readMetrics } from '@vjepa/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokenKind, writeBrokenVideos, writeGoodVideos } from '../data/broken-videos.fixture.js';
import {
  ended,
  requireBuild,
  startVjepa,
  type TrainingEngine,
  trainingEngines,
  wait,
} from './vjepa-process.fixture.js';

// Slow: each engine's runs are three processes or four, most of whose time is starting.
const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('killed');
const STEPS = 60;
let index: string;
let labelled: string;
let broken: Record<BrokenKind, string>;

/** What is trained, and where. */
interface Training extends TrainingEngine {
  targets: 'features' | 'pixels';
}

/** On every engine at night, on the first by day. */
const trainings: Training[] = [
  ...trainingEngines.slice(0, nightly ? undefined : 1).map((engine): Training => ({ ...engine, targets: 'features' })),
  { ...trainingEngines.at(-1)!, targets: 'pixels' },
];

function pretrain({ backend, dtype, targets }: Training, run: string, workers: number, ...more: string[]) {
  const set = [
    // Every step's gradients are clipped, so that the norm's last bit is in every parameter.
    ...[`meta.dtype=${dtype}`, 'optimization.clip_grad=0.001', 'optimization.warmup=0'],
    ...[`data.datasets=[${index}]`, 'data.bad_video_share=0.5', `data.num_workers=${workers}`, 'data.batch_size=2'],
    ...['data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=1'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=6', 'optimization.ipe=10', 'checkpoints.every=4', 'logging.console_every=1'],
    `loss.targets=${targets}`,
    // A probe beside the training, of videos of which one is broken.
    ...[`probe.dataset=${labelled}`, 'probe.every=7'],
  ];
  return startVjepa(['pretrain', '--config', smoke, '--backend', backend, '--run', run, ...more], set);
}

/** Runs to the end, killed in each of the first thirds, at moments drawn from `seed`, and resumed each time. */
async function runThroughKills(training: Training, run: string, kills: number, seed: number): Promise<void> {
  const workers = 2;
  const random = mersenneTwister(seed);
  const draw = (most: number) => random.nextUint32() % most;
  for (let kill = 0; kill < kills; kill++) {
    const until = (kill * STEPS) / 3 + 3 + draw(STEPS / 3 - 3);
    const child = pretrain(training, run, workers, ...(kill > 0 ? ['--resume'] : []));
    const end = ended(child);
    const last = () => readMetrics(join(run, 'metrics.jsonl')).at(-1)?.step ?? 0;
    // Before its first checkpoint a run has nothing to resume from.
    const saved = () => listCheckpoints(join(run, 'checkpoints')).length > 0;
    while ((last() < until || !saved()) && child.exitCode === null) await wait(5);
    await wait(draw(150));
    child.kill('SIGKILL');
    const { code, stderr } = await end;
    expect(code, stderr).toBe('SIGKILL');
  }
  expect(await ended(pretrain(training, run, workers, '--resume'))).toMatchObject({ code: 0 });
}

async function result(run: string) {
  const { state } = await loadCheckpoint(checkpointPath(join(run, 'checkpoints'), STEPS));
  const losses = readMetrics(join(run, 'metrics.jsonl')).map(({ step, loss, replaced_videos, probe_accuracy }) => [
    step,
    loss,
    replaced_videos,
    probe_accuracy,
  ]);
  return { state, losses, replaced: readBadVideos(join(run, 'bad-videos.jsonl')) };
}

beforeAll(async () => {
  requireBuild();
  broken = await writeBrokenVideos(join(folder, 'broken'));
  const good = await writeGoodVideos(join(folder, 'good'), 10);
  // One line in twenty names a bad file.
  const lines = [...Object.values(broken), ...Array.from({ length: 190 }, (_, i) => good[i % good.length]!)];
  index = join(folder, 'index.csv');
  writeFileSync(index, lines.map((path) => `${path} 0\n`).join(''));
  labelled = join(folder, 'labelled.csv');
  writeFileSync(labelled, [...good, broken.truncated].map((path, i) => `${path} ${i % 2}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TITLE = '60 clipped steps of $targets over an index with one bad file in twenty, $backend in $dtype,';
describe.each(trainings)(TITLE, { timeout: 300_000 }, (training) => {
  const name = `${training.backend}-${training.dtype}-${training.targets}`;
  const whole = join(folder, `whole-${name}`);
  beforeAll(async () => {
    const { code, stderr } = await ended(pretrain(training, whole, 1));
    expect(code, stderr).toBe(0);
  }, 120_000);

  it('run to their end, every replacement listed with its reason', async () => {
    const { replaced, losses } = await result(whole);
    expect(losses).toHaveLength(STEPS);
    const probed = losses.filter(([, , , accuracy]) => typeof accuracy === 'number');
    expect(probed.map(([step]) => step)).toEqual([1, 7, 14, 21, 28, 35, 42, 49, 56, 60]);
    // A draw counts once, also where a video that was to stand in for another is bad too.
    const draws = new Set(replaced.map(({ step, replacedBy }) => `${step} ${replacedBy}`));
    expect(losses.at(-1)![2]).toBe(draws.size);
    const bad = new Set<string>(Object.values(broken));
    expect(replaced.length).toBeGreaterThanOrEqual(3);
    for (const { path, reason, replacedBy } of replaced) {
      expect(bad).toContain(path);
      expect(bad).not.toContain(replacedBy);
      expect(reason).toContain(path);
    }
  });

  it('and killed at some moment, resumed with two workers, end bit for bit as if never stopped', async () => {
    const run = join(folder, `killed-${name}`);
    // Of the first engine twice: a run that was gone on with is gone on with again.
    await runThroughKills(training, run, training === trainings[0] ? 2 : 1, 102);
    expect(await result(run)).toEqual(await result(whole));
    expect(readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n')).toHaveLength(STEPS + 1);
  });
});
