import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Comparison } from '@vjepa/parity';
import { findTensorFlow } from '@vjepa/tensorflow';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';

// The command line as people meet it: the built binary in a process of its own.
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const hasTensorFlow = (await findTensorFlow()) !== undefined;
const folder = temporaryFolder('cli');

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function vjepa(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: repository }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const SMOKE = ['pretrain', '--config', 'configs/pretrain/smoke.yaml', '--backend', 'wasm'];

beforeAll(() => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: build the package before its tests (pnpm build)`);
});

describe('vjepa', () => {
  it('--help and the help of every command exit 0', async () => {
    const { code, stdout } = await vjepa('--help');
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name!);
    expect(commands).toEqual(expect.arrayContaining(['demo', 'doctor', 'parity', 'pretrain', 'runtime', 'visualize']));
    const helps = await Promise.all(commands.filter((name) => name !== 'help').map((name) => vjepa(name, '--help')));
    for (const help of helps) expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: vjepa') });
  });

  it('an unknown command and an unknown option are errors with a suggestion', async () => {
    expect(await vjepa('pretrian')).toMatchObject({ code: 1, stderr: expect.stringContaining('pretrain') });
    expect(await vjepa('pretrain', '--confg', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--config'),
    });
  });
});

describe('vjepa pretrain --dry-run', () => {
  it.each([
    ['vitl16', '303,885,312'],
    ['vith16', '631,648,000'],
    ['vith16_384', '631,648,000'],
  ])('%s prints its model of %s parameters', async (name, parameters) => {
    const { code, stdout } = await vjepa('pretrain', '--config', `configs/pretrain/${name}.yaml`, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(parameters);
  });

  it('--json is JSON', async () => {
    const { stdout } = await vjepa('pretrain', '--config', 'configs/pretrain/vitl16.yaml', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ encoder_parameters: 303_885_312, tokens: 1568 });
  });
});

describe('bad input gives one clear error, exit code 1 and nothing half-written', () => {
  const run = join(folder, 'run');
  const nasa = fixture('videos/nasa_13013.mp4');

  /** An index of one video with these bytes. */
  function indexOf(name: string, bytes: Uint8Array | string | null): string {
    const path = join(folder, name);
    if (bytes !== null) writeFileSync(path, bytes);
    const index = join(folder, `${name}.csv`);
    writeFileSync(index, `${path} 0\n`);
    return index;
  }

  async function expectError(args: readonly string[], message: RegExp): Promise<void> {
    const { code, stderr } = await vjepa(...args);
    expect(stderr).toMatch(message);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(code).toBe(1);
    expect(existsSync(run)).toBe(false);
  }

  const pretrain = (...set: string[]) => [...SMOKE, '--run', run, ...set.flatMap((override) => ['--set', override])];

  it('a missing index file', () =>
    expectError(pretrain('data.datasets=[none.csv]'), /none\.csv: .*does not exist.*--set data\.datasets=FOLDER/));

  it('an index with a bad line', () => {
    const index = join(folder, 'bad-line.csv');
    writeFileSync(index, `${nasa} 0\n,0\n`);
    return expectError(pretrain(`data.datasets=[${index}]`), /bad-line\.csv:2: ',0' is not 'path label'/);
  });

  it('an unknown key', () =>
    expectError(
      pretrain('data.crop_sise=64'),
      /smoke\.yaml: data\.crop_sise: unknown key; did you mean data\.crop_size/,
    ));

  it('a wrong type', () =>
    expectError(pretrain('data.batch_size=four'), /data\.batch_size: expected a number, found "four"/));

  it('an impossible mask', () =>
    expectError(
      pretrain(
        `data.datasets=[${indexOf('video.mp4', readFileSync(nasa))}]`,
        'mask.0.spatial_scale=[1,1]',
        'mask.0.aspect_ratio=[1,1]',
      ),
      /masks\[0\]/,
    ));

  it('--resume without a run', () => expectError([...pretrain(), '--resume'], /no run to resume/));

  it.each([
    ['a missing video', 'missing.mp4', null, /missing\.mp4/],
    ['an empty video', 'empty.mp4', '', /empty\.mp4.*empty/],
    ['a text file', 'text.mp4', 'this is not a video\n'.repeat(100), /text\.mp4/],
    ['a truncated video', 'cut.mp4', readFileSync(nasa).subarray(0, 20_000), /cut\.mp4/],
  ])('%s', (_, name, bytes, message) => expectError(pretrain(`data.datasets=[${indexOf(name, bytes)}]`), message));
});

describe('vjepa parity', () => {
  const fixtures = join(repository, 'fixtures');

  it('passes the fixtures that need no engine', async () => {
    const kinds = [
      'masks-exact',
      'mask-statistics',
      'schedules',
      'video-transform',
      'position-embeddings',
      'vjepa2-frame-sampling',
    ];
    const { code, stdout } = await vjepa('parity', ...kinds.map((kind) => join(fixtures, kind)), '--backend', 'wasm');
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d{2,} passed, 0 failed$/);
    expect(code).toBe(0);
  });

  it('passes the files of V-JEPA 2 and 2.1, and of Hugging Face', async () => {
    const folders = ['vjepa2-checkpoint', 'vjepa21-checkpoint', 'hf-vjepa2'].map((name) => join(fixtures, name));
    const { code, stdout } = await vjepa('parity', ...folders, '--backend', 'wasm');
    expect(stdout.trim().split('\n').at(-1)).toBe('25 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('passes the probes of V-JEPA 2, of one layer and of several', async () => {
    const folders = ['vjepa2-probe', 'vjepa2-probe-multilevel'].map((name) => join(fixtures, name));
    const { code, stdout } = await vjepa('parity', ...folders, '--backend', 'wasm');
    expect(stdout.trim().split('\n').at(-1)).toBe('448 passed, 0 failed');
    expect(code).toBe(0);
  });

  it.skipIf(!hasTensorFlow)('compares losses only, to 1 %, with products in bfloat16', async () => {
    const folders = ['pretrain-small', 'probe-small'].map((name) => join(fixtures, name));
    const { code, stdout } = await vjepa('parity', ...folders, '--dtype', 'bfloat16', '--json');
    const { engine, fixtures: results } = JSON.parse(stdout);
    expect(engine).toContain('bfloat16 products');
    const comparisons = results.flatMap(({ comparisons }: { comparisons: Comparison[] }) => comparisons);
    expect(comparisons.length).toBeGreaterThan(12); // pretraining: three losses a step; the probe: one
    for (const { name, difference, tolerance } of comparisons) {
      expect(name).toMatch(/loss/);
      expect(tolerance).toBe(0.01);
      expect(difference, name).toBeLessThan(0.01);
    }
    // Rounded products show: in float32 the losses agree to 1e-6.
    expect(Math.max(...comparisons.map(({ difference }: Comparison) => difference))).toBeGreaterThan(1e-6);
    expect(code).toBe(0);
  });

  it('fails with a table that names the number when one in a fixture is changed', async () => {
    const copy = join(folder, 'schedules');
    mkdirSync(copy);
    cpSync(join(fixtures, 'schedules'), copy, { recursive: true });
    const path = join(copy, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.cases[0].lr[3] *= 1.000001;
    writeFileSync(path, JSON.stringify(manifest));
    const { code, stdout } = await vjepa('parity', copy, '--backend', 'wasm');
    expect(code).toBe(1);
    expect(stdout).toMatch(/case0\.lr\[\d+\]\s+1\.00e-6\s+1\.00e-9/);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  });

  it('names a folder without fixtures', async () => {
    expect(await vjepa('parity', join(repository, 'configs'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no fixture here'),
    });
  });
});
