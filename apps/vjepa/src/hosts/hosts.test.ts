import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@vjepa/checkpoints';
import { findTensorFlow } from '@vjepa/tensorflow';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { checkpointPath, listCheckpoints, loadCheckpoint, readMetrics } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, requireBuild, wait } from '../commands/vjepa-process.fixture.js';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';

// Hosts are processes of the built command line.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
const folder = temporaryFolder('hosts');
const list = join(folder, 'videos.csv');
const STEPS = 30;

/** What starts processes tells each: which it is. */
type Starter = (index: number, count: number, port: number) => Record<string, string>;

const launched: Starter = (index, count, port) => ({
  VJEPA_HOST_INDEX: String(index),
  VJEPA_HOST_COUNT: String(count),
  VJEPA_COORDINATOR: `127.0.0.1:${port}`,
});
const torchrun: Starter = (index, count, port) => ({
  ...{ RANK: String(index), WORLD_SIZE: String(count), LOCAL_RANK: String(index), LOCAL_WORLD_SIZE: String(count) },
  ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: String(port) },
});
const slurm: Starter = (index, count, port) => ({
  ...{ SLURM_JOB_ID: String(port), SLURM_STEP_ID: '0', SLURM_STEP_NODELIST: '127.0.0.1' },
  ...{ SLURM_PROCID: String(index), SLURM_NTASKS: String(count), SLURM_STEP_NUM_TASKS: String(count) },
  ...{ SLURM_LOCALID: String(index), SLURM_TASKS_PER_NODE: String(count), SLURM_STEP_TASKS_PER_NODE: String(count) },
});

/** Ports that no other test of this process asks for. */
let port = 20_000 + (process.pid % 20_000);

/** Runs a command on so many hosts, or on none beside this. */
async function run(args: readonly string[], starter?: Starter, count = 1): Promise<string[]> {
  port += 10;
  const { RANK: _rank, WORLD_SIZE: _size, ...environment } = process.env;
  const hosts = Array.from({ length: count }, (_, index) => {
    const env = { ...environment, ...starter?.(index, count, port) };
    return ended(spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'], env }));
  });
  const ends = await Promise.all(hosts);
  for (const { code, stderr } of ends) expect(code, stderr).toBe(0);
  return ends.map(({ stderr }) => stderr);
}

const pretraining = (name: string, ...set: string[]) => [
  ...['pretrain', '--config', smoke, '--backend', 'tensorflow', '--run', join(folder, name)],
  ...[
    ...[`data.datasets=[${list}]`, 'data.batch_size=6', 'data.num_frames=4', 'data.crop_size=32', 'data.patch_size=8'],
    ...['data.sampling_rate=1', 'data.num_workers=1', 'model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12'],
    ...['model.pred_depth=1', 'optimization.epochs=1', `optimization.ipe=${STEPS}`, 'optimization.warmup=0'],
    ...['optimization.clip_grad=0.001', 'logging.statistics=true', ...set],
  ].flatMap((override) => ['--set', override]),
];

/** Numbers of the processes that a `launch` has started for a run, in no order of hosts. */
function hostsOf(launcher: number, name: string): number[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().trim().split('\n');
  const found = processes
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!)
    .map(([, pid, parent, args]) => {
      return { pid: Number(pid), parent: Number(parent), args: args! };
    });
  const below = (pid: number): typeof found => {
    return found.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  };
  const hosts = below(launcher).filter(({ args }) => / pretrain /.test(args) && args.includes(join(folder, name)));
  return hosts.map(({ pid }) => pid);
}

async function trained(name: string) {
  const { state } = await loadCheckpoint(checkpointPath(join(folder, name, 'checkpoints'), STEPS));
  return { state, metrics: readMetrics(join(folder, name, 'metrics.jsonl')) };
}

describe.skipIf((await findTensorFlow()) === undefined)('processes that share a run', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    requireBuild();
    const videos = await writeGoodVideos(join(folder, 'videos'), 8);
    const broken = join(folder, 'broken.mp4');
    writeFileSync(broken, 'no video');
    writeFileSync(list, [...videos, broken].map((path, i) => `${path} ${i % 2}\n`).join(''));
    await run(pretraining('one', 'data.bad_video_share=0.5'));
  }, 120_000);

  it.each([
    ['two, by the variables of torchrun', 2, torchrun],
    ...(nightly ? ([['three, by those of SLURM', 3, slurm]] as const) : []),
  ] as const)('pretrain as one does: %s', async (name, count, starter) => {
    const said = await run(pretraining(name, 'data.bad_video_share=0.5'), starter, count);
    const [one, several] = [await trained('one'), await trained(name)];
    expect(several.metrics).toHaveLength(STEPS);
    for (const [i, metrics] of several.metrics.entries()) {
      const expected = one.metrics[i]!;
      expect(metrics.host_data_ms).toHaveLength(count);
      expect(metrics.replaced_videos).toBe(expected.replaced_videos);
      for (const [key, value] of Object.entries(expected)) {
        if (/_ms$|second|^time$|rss|utiliz/.test(key) || typeof value !== 'number') continue;
        expect(Math.abs(Number(metrics[key]) - value), `${key} of step ${i + 1}`).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(value)),
        );
      }
    }
    for (const [parameter, { data }] of Object.entries(several.state)) {
      const expected = one.state[parameter]!.data;
      for (let i = 0; i < data.length; i++) {
        if (Math.abs(Number(data[i]) - Number(expected[i])) > 1e-5) throw new Error(`${parameter}[${i}] differs`);
      }
    }
    expect(one.metrics.at(-1)!.replaced_videos).toBeGreaterThan(0);
    // The others have nothing to say of a run that goes well.
    expect(said[1]).not.toContain('step 1/');
    const [session] = JSON.parse(readFileSync(join(folder, name, 'environment.json'), 'utf8'));
    expect(session.hosts).toHaveLength(count);
  });

  it('start again where one is killed, and go on with another number', async () => {
    const checkpoints = join(folder, 'killed', 'checkpoints');
    const training = pretraining('killed', 'data.bad_video_share=0.5', 'checkpoints.every=1');
    const launch = ['launch', '--hosts', '2', '--restarts', '0', ...training];
    const child = spawn(process.execPath, [cli, ...launch], { stdio: ['ignore', 'ignore', 'pipe'] });
    const end = ended(child);
    while (listCheckpoints(checkpoints).length === 0 && child.exitCode === null) await wait(20);
    process.kill(hostsOf(child.pid!, 'killed')[0]!, 'SIGKILL');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(137);
    const newest = checkpointPath(checkpoints, listCheckpoints(checkpoints)[0]!);
    expect(stderr).toMatch(/error: host \d .* is lost/);
    expect(stderr).toContain(`The newest checkpoint is ${newest}`);

    // With three, of which one is killed and all are started again.
    const again = spawn(process.execPath, [cli, 'launch', '--hosts', '3', ...training, '--resume'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ends = ended(again);
    const before = listCheckpoints(checkpoints)[0];
    while (listCheckpoints(checkpoints)[0] === before && again.exitCode === null) await wait(20);
    process.kill(hostsOf(again.pid!, 'killed')[0]!, 'SIGKILL');
    const last = await ends;
    expect(last.code, last.stderr).toBe(0);
    expect(last.stderr).toMatch(/launch: host \d died \(signal 9\); all start again \(1 of 10\)/);
    const [one, several] = [await trained('one'), await trained('killed')];
    expect(several.metrics).toHaveLength(STEPS);
    for (const [i, { loss }] of several.metrics.entries()) {
      expect(Math.abs(loss - one.metrics[i]!.loss)).toBeLessThan(1e-5);
    }
  });

  it('stop together after a step that is saved', async () => {
    const training = pretraining(
      'stopped',
      'data.bad_video_share=0.5',
      'optimization.ipe=2000',
      'checkpoints.every=2000',
    );
    const child = spawn(process.execPath, [cli, 'launch', '--hosts', '2', ...training], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const end = ended(child);
    const metrics = join(folder, 'stopped', 'metrics.jsonl');
    while (readMetrics(metrics).length < 3 && child.exitCode === null) await wait(20);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('SIGINT: finishing this step, then saving');
    const { step } = readMetrics(metrics).at(-1)!;
    expect(listCheckpoints(join(folder, 'stopped', 'checkpoints'))).toEqual([step]);
  });

  it('name the setting, or the folder, that is not the same', async () => {
    port += 10;
    const started = (index: number, ...args: string[]) =>
      ended(
        spawn(process.execPath, [cli, ...args], {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, ...launched(index, 2, port) },
        }),
      );
    const others = await Promise.all([
      started(0, ...pretraining('other', 'data.bad_video_share=0.5')),
      started(1, ...pretraining('other', 'data.bad_video_share=0.5', 'optimization.lr=0.5')),
    ]);
    for (const { code, stderr } of others) {
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /host 1: has not what host 0 has .*\n {2}settings\.optimization\.learningRate\.reference: 0.001 -> 0\.5/,
      );
    }
    port += 10;
    const blind = await Promise.all([
      started(0, ...pretraining('seen', 'data.bad_video_share=0.5')),
      started(1, ...pretraining('elsewhere', 'data.bad_video_share=0.5')),
    ]);
    for (const { code, stderr } of blind) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/host 1: does not see .*config\.yaml/);
    }
  });

  it('features of three are those of one, bit for bit', async () => {
    const features = (output: string) => [
      ...['features', '--run', join(folder, 'one'), '--input', join(folder, 'videos'), '--clips', '2'],
      ...['--output', join(folder, output)],
    ];
    await run(features('one.safetensors'));
    await run(features('three.safetensors'), launched, 3);
    const [one, three] = [
      await readSafetensors(join(folder, 'one.safetensors')),
      await readSafetensors(join(folder, 'three.safetensors')),
    ];
    expect(one.features!.shape[0]).toBe(8);
    expect(three).toEqual(one);
  });

  it('an evaluation by three trains the probe of one, bit for bit', async () => {
    const [train, validation] = [join(folder, 'train.csv'), join(folder, 'validation.csv')];
    const lines = readFileSync(list, 'utf8').trim().split('\n').slice(0, 8);
    writeFileSync(train, `${lines.slice(0, 5).join('\n')}\n`);
    writeFileSync(validation, `${lines.slice(5).join('\n')}\n`);
    const evaluation = (output: string) => [
      ...['evaluate', '--run', join(folder, 'one'), '--train', train, '--val', validation],
      ...['--output', join(folder, output), '--set', 'optimization.num_epochs=2', '--set', 'optimization.batch_size=2'],
    ];
    await run(evaluation('by-one'));
    await run(evaluation('by-three'), launched, 3);
    const probe = (output: string) => readFileSync(join(folder, output, 'jepa-latest.safetensors'));
    expect(probe('by-three').equals(probe('by-one'))).toBe(true);
    const results = (output: string) =>
      JSON.parse(readFileSync(join(folder, output, 'results.json'), 'utf8')).trainings;
    expect(results('by-three')).toEqual(results('by-one'));
  });

  it('is refused what is for one process', async () => {
    const child = spawn(process.execPath, [cli, 'finetune', '--config', smoke], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...torchrun(1, 4, 29_500) },
    });
    expect(await ended(child)).toEqual({
      code: 1,
      stderr:
        'error: finetune runs in one process, and 4 were started (torchrun); several can share pretrain, evaluate, features\n',
    });
  });
});
