import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMovingShapes } from '@vjepa/benchmarks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { LOCK_NAME, readMetrics } from '@vjepa/training';
import { encodeVideos } from '@vjepa/video';
import { afterAll, beforeAll, expect, it } from 'vitest';

// Runs are processes of the built command line, because they are killed.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('locked');
const run = join(folder, 'my run');
// As vjepa is called by itself, also where a package manager runs the tests.
const { npm_lifecycle_event: _, ...env } = process.env;
let index: string;
const children: ChildProcess[] = [];

/** A command as it is printed, run by a shell. */
function printed(command: string) {
  return command.replace(/^vjepa /, `${process.execPath} ${cli} `);
}

function pretrain(steps: number, ...more: string[]) {
  const set = [
    `data.datasets=[${index}]`,
    ...['data.batch_size=2', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8', 'data.sampling_rate=2'],
    ...['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'],
    ...['optimization.epochs=1', `optimization.ipe=${steps}`, 'checkpoints.every=2'],
  ].flatMap((override) => ['--set', override]);
  const args = ['pretrain', '--config', smoke, '--backend', 'wasm', '--run', run, ...set, ...more];
  return watched(spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
}

function watched(child: ChildProcess) {
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
  const videos = await writeMovingShapes(join(folder, 'videos'), settings, { encode: encodeVideos, concurrency: 2 });
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
  const holder = new RegExp(`my run: in use by a pretraining run, process ${first.child.pid} on `);
  const others = [pretrain(100_000), pretrain(100_000, '--resume'), pretrain(100_000, '--overwrite')];
  for (const { end } of others) expect(await end).toMatchObject({ code: 1, stderr: expect.stringMatching(holder) });
  expect(first.child.exitCode).toBe(null);

  first.child.kill('SIGKILL');
  await first.end;
  expect(readdirSync(run)).toContain(LOCK_NAME);
  const before = readMetrics(join(run, 'metrics.jsonl')).at(-1)!.step;
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
  while (readMetrics(join(run, 'metrics.jsonl')).at(-1)!.step <= before && resumed.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  resumed.child.kill('SIGTERM');
  const { code, stderr } = await resumed.end;
  expect(code).toBe(143);
  expect(readdirSync(run)).not.toContain(LOCK_NAME);

  // The command that is printed goes on, as it stands.
  const command = /^go on with: (.*)$/m.exec(stderr)![1]!;
  expect(command).toMatch(/^vjepa pretrain --config .* --run '.*my run' .* --resume$/);
  const again = watched(spawn('sh', ['-c', `exec ${printed(command)}`], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  while (!existsSync(join(run, LOCK_NAME)) && again.child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  again.child.kill('SIGKILL');
  expect((await again.end).code).toBe(null);
}, 90_000);

it('a run that has ended prints what can be done with it, to be copied', async () => {
  const { code, stderr } = await pretrain(3, '--overwrite').end;
  expect(code, stderr).toBe(0);
  const commands = stderr.slice(stderr.indexOf('next:\n') + 6).match(/^ {2}vjepa .*/gm)!;
  expect(commands.map((command) => command.trim().split(' ')[1])).toEqual([
    ...['report', 'visualize', 'features', 'evaluate'],
  ]);
  for (const command of commands.slice(0, 3)) {
    const { code, stderr } = await watched(
      spawn('sh', ['-c', `${printed(command.trim())}`], { env, stdio: ['ignore', 'ignore', 'pipe'] }),
    ).end;
    expect(code, `${command}\n${stderr}`).toBe(0);
  }
  expect(readdirSync(run)).toEqual(expect.arrayContaining(['report.html', 'features.gif', 'features.safetensors']));
}, 90_000);
