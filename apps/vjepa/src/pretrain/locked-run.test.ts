import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMovingShapes } from '@vjepa/benchmarks';
import { encodeVideo } from '@vjepa/video';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockName } from '../run/folder-lock.js';
import { readMetrics } from '../run/metrics-file.js';

// Runs are processes of the built command line, because they are killed.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vjepa-locked-'));
const run = join(folder, 'run');
let index: string;
const children: ChildProcess[] = [];

function pretrain(steps: number, ...more: string[]) {
  const set = [
    `data.datasets=[${index}]`,
    ...['data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=2'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=1', `optimization.ipe=${steps}`, 'checkpoints.every=2'],
  ].flatMap((override) => ['--set', override]);
  const args = ['pretrain', '--config', smoke, '--backend', 'wasm', '--run', run, ...set, ...more];
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const end = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stderr })),
  );
  return { child, end };
}

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: build the package before its tests (pnpm build)`);
  const settings = { seed: 3, size: 32, frames: 12, counts: { train: 5 } };
  const videos = await writeMovingShapes(join(folder, 'videos'), settings, { encode: encodeVideo, concurrency: 2 });
  index = videos.indexes.train!.joint!;
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('a run folder belongs to one process: a second one is told which, and a killed one is resumed at once', async () => {
  const first = pretrain(100_000);
  while (readMetrics(join(run, 'metrics.jsonl')).length < 6 && first.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const holder = new RegExp(`run: in use by a pretraining run, process ${first.child.pid} on `);
  const others = [pretrain(100_000), pretrain(100_000, '--resume'), pretrain(100_000, '--overwrite')];
  for (const { end } of others) expect(await end).toMatchObject({ code: 1, stderr: expect.stringMatching(holder) });
  expect(first.child.exitCode).toBe(null);

  first.child.kill('SIGKILL');
  await first.end;
  expect(readdirSync(run)).toContain(lockName);
  const resumed = pretrain(100_000, '--resume');
  const begun = performance.now();
  const said = new Promise<string>((resolve) => {
    let text = '';
    resumed.child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk;
      if (/resuming after step/.test(text)) resolve(text);
    });
  });
  expect(await said).toMatch(/was left locked by a pretraining run.*which is gone; going on/);
  expect(performance.now() - begun).toBeLessThan(20_000);
  resumed.child.kill('SIGTERM');
  expect((await resumed.end).code).toBe(143);
  expect(readdirSync(run)).not.toContain(lockName);
}, 90_000);
