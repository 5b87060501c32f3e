import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMovingShapes } from '@vjepa/benchmarks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { checkpointPath, listCheckpoints, loadCheckpoint, readMetrics } from '@vjepa/training';
import { encodeVideos } from '@vjepa/video';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, startVjepa } from './vjepa-process.fixture.js';

const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('resume');
const TOTAL_STEPS = 9;
let index: string;

function pretrain(run: string, ...more: string[]): ChildProcess {
  const set = [
    `data.datasets=[${index}]`,
    ...['optimization.clip_grad=0.001', 'optimization.warmup=0'],
    ...['data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=2'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=3', 'optimization.ipe=3', 'checkpoints.every=2', 'logging.console_every=1'],
  ];
  return startVjepa(['pretrain', '--config', smoke, '--backend', 'wasm', '--run', run, ...more], set);
}

/** Sends a signal as soon as a step is recorded. */
async function signalAfter(child: ChildProcess, run: string, step: number, signal: NodeJS.Signals) {
  const end = ended(child);
  while (readMetrics(join(run, 'metrics.jsonl')).length < step && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill(signal);
  return end;
}

async function finalState(run: string) {
  return (await loadCheckpoint(checkpointPath(join(run, 'checkpoints'), TOTAL_STEPS))).state;
}

beforeAll(async () => {
  requireBuild();
  const settings = { seed: 3, size: 32, frames: 12, counts: { train: 5 } };
  const videos = await writeMovingShapes(join(folder, 'videos'), settings, { encode: encodeVideos, concurrency: 2 });
  index = videos.indexes.train!.joint!;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run that is stopped and resumed', { timeout: 120_000 }, () => {
  const whole = join(folder, 'whole');

  beforeAll(async () => {
    expect(await ended(pretrain(whole))).toMatchObject({ code: 0 });
  });

  it('after SIGKILL, with another number of workers, ends bit for bit where the uninterrupted one does', async () => {
    const run = join(folder, 'killed');
    expect((await signalAfter(pretrain(run), run, 5, 'SIGKILL')).code).toBe('SIGKILL');
    const resumed = await ended(pretrain(run, '--resume', '--set', 'data.num_workers=2'));
    expect(resumed).toMatchObject({ code: 0, stderr: expect.stringMatching(/resuming after step [46]/) });
    expect(await finalState(run)).toEqual(await finalState(whole));
    const losses = (path: string) => readMetrics(join(path, 'metrics.jsonl')).map(({ step, loss }) => [step, loss]);
    expect(losses(run)).toEqual(losses(whole));
    expect(readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n')).toHaveLength(TOTAL_STEPS + 1);
  });

  it('after SIGTERM has finished its step, saved, and left with 143', async () => {
    const run = join(folder, 'stopped');
    const { code, stderr } = await signalAfter(pretrain(run), run, 2, 'SIGTERM');
    expect(code).toBe(143);
    expect(stderr).toMatch(/SIGTERM: finishing this step/);
    const steps = readMetrics(join(run, 'metrics.jsonl')).length;
    expect(listCheckpoints(join(run, 'checkpoints'))[0]).toBe(steps);
    expect(steps).toBeLessThan(TOTAL_STEPS);

    expect(await ended(pretrain(run))).toMatchObject({ code: 1, stderr: expect.stringContaining('--resume') });
    expect(await ended(pretrain(run, '--resume'))).toMatchObject({ code: 0 });
    expect(await finalState(run)).toEqual(await finalState(whole));
  });

  it('at once at a second signal, with what was saved before', async () => {
    const run = join(folder, 'left');
    // Steps long enough that the second signal comes while one is being finished.
    const slow = ['model.embed_dim=192', 'model.depth=3', 'data.batch_size=8', 'checkpoints.every=1'];
    const child = pretrain(run, ...slow.flatMap((override) => ['--set', override]));
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk;
      if (/^saved/m.test(said)) child.kill('SIGINT');
      if (/SIGINT: finishing this step/.test(said)) child.kill('SIGINT');
    });
    const { code, stderr } = await ended(child);
    expect(code).toBe('SIGINT');
    expect(stderr).toMatch(/SIGINT: finishing this step/);
    expect(stderr).not.toMatch(/^stopped after step/m);
    expect(listCheckpoints(join(run, 'checkpoints'))[0]).toBeGreaterThanOrEqual(1);
  });

  it('falls back to the checkpoint before a damaged one, and fails when there is none', async () => {
    const newest = checkpointPath(join(whole, 'checkpoints'), TOTAL_STEPS);
    const before = await finalState(whole);
    truncateSync(newest, 5000);
    expect(await ended(pretrain(whole, '--resume'))).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /step-00000009\.safetensors.*trying the checkpoint before it[\s\S]*resuming after step 8/,
      ),
    });
    expect(await finalState(whole)).toEqual(before);
    rmSync(join(whole, 'checkpoints'), { recursive: true });
    expect(await ended(pretrain(whole, '--resume'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no checkpoint to resume from'),
    });
  });
});
