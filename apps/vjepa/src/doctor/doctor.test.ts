import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { plannedMemory } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { writeGoodVideos } from '../data/broken-videos.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { checkConfig } from './check-config.js';
import { checkDevices } from './check-engine.js';
import { checkBfloat16, checkDisk, checkMemory } from './check-machine.js';
import { verdict } from './check-speed.js';
import type { Finding } from './finding.js';

const configs = fileURLToPath(new URL('../../../../configs/pretrain', import.meta.url));
const planned = (name: string, ...set: string[]) =>
  plannedMemory(planOf(loadPretrainingConfig(join(configs, `${name}.yaml`), set.map(parseOverride)).config));
const GIB = 2 ** 30;

describe('plannedMemory', () => {
  it('has the state of ViT-L/16: 5 copies of the encoder and 4 of the predictor in float32', () => {
    expect(planned('vitl16').state).toBe(4 * (5 * 303_885_312 + 4 * 22_082_944));
  });

  it('grows with the batch and shrinks with recomputation', () => {
    const [two, four] = [2, 4].map((batch) => planned('vitl16', `data.batch_size=${batch}`).activations);
    expect(four! / two!).toBeCloseTo(2, 1);
    const [elementwise, block] = ['elementwise', 'block'].map(
      (what) => planned('vitl16', 'data.batch_size=4', `optimization.recompute=${what}`).activations,
    );
    expect(elementwise).toBeLessThan(0.7 * four!);
    expect(block).toBeLessThan(0.4 * elementwise!);
  });
});

describe('checkMemory', () => {
  const plan = { state: 7 * GIB, activations: 20 * GIB, host: 8 * GIB };

  it('adds everything up on a CPU, and warns when it is more than there is, or than is free', () => {
    const at = (limit: number, free: number) => checkMemory(plan, undefined, { limit: limit * GIB, free: free * GIB });
    expect(at(64, 40)).toMatchObject({ status: 'ok', detail: expect.stringContaining('about 35.0 GiB of 64.0 GiB') });
    expect(at(64, 30)).toMatchObject({ status: 'note', detail: expect.stringContaining('only 30.0 GiB is free') });
    expect(at(32, 30)).toMatchObject({ status: 'problem', remedy: expect.stringContaining('optimization.recompute') });
  });

  it('looks at the GPU’s and the host’s memory apart', () => {
    const host = { limit: 16 * GIB, free: 12 * GIB };
    expect(checkMemory(plan, 80 * GIB, host).status).toBe('ok');
    expect(checkMemory(plan, 24 * GIB, host)).toMatchObject({
      status: 'problem',
      detail: expect.stringMatching(/27.0 GiB of GPU/),
    });
    expect(checkMemory(plan, 80 * GIB, { ...host, free: 4 * GIB }).status).toBe('note');
  });
});

describe('checkDisk', () => {
  it('counts the checkpoints a run will keep', () => {
    expect(checkDisk(tmpdir(), { count: 3, bytes: 1024 })).toMatchObject({ status: 'ok', numbers: { checkpoints: 3 } });
    expect(checkDisk(tmpdir(), { count: 1e6, bytes: GIB })).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('up to 1000000.0 GiB'),
    });
  });
});

describe('checkDevices', () => {
  const [cpu, gpu] = ['CPU', 'GPU'].map((type) => ({ name: `/device:${type}:0`, type, memoryBytes: 80 * GIB }));

  it('names what can be computed on', () => {
    expect(checkDevices([cpu!])).toEqual({ name: 'device', status: 'ok', detail: 'CPU' });
    expect(checkDevices([cpu!, gpu!])).toMatchObject({ status: 'ok', detail: 'CPU, GPU (80.0 GiB)' });
  });
});

describe('checkBfloat16', () => {
  it('advises float32 on processors that are not x86 too', () => {
    expect(checkBfloat16(new Set(['avx512_bf16'])).status).toBe('ok');
    expect(checkBfloat16(new Set())).toMatchObject({ status: 'note', remedy: expect.stringContaining('float32') });
  });
});

describe('verdict', () => {
  const loader = (clipsPerSecond: number) => ({ clipsPerSecond, threads: 1, decoder: 'wasm' });
  const step = { clipsPerSecond: 20, secondsPerStep: 0.2 };

  it('says that the step will wait, how long, and what helps', () => {
    const { status, detail, remedy } = verdict(loader(5), step, 8);
    expect(status).toBe('note');
    expect(detail).toMatch(/the step will wait for data: it takes 20.0 clips\/s, the loader gives 5.00; about 75 %/);
    expect(remedy).toMatch(/data\.num_workers=8 \(now 1\); .*node-av.*vjepa prepare/);
    expect(verdict({ ...loader(5), decoder: 'native', threads: 8 }, step, 8).remedy).toMatch(/^vjepa prepare/);
  });

  it('says that the loader keeps up', () => {
    expect(verdict(loader(21), step, 8)).toMatchObject({ status: 'ok', detail: expect.stringMatching(/keeps up/) });
  });
});

describe('checkConfig', { timeout: 60_000 }, () => {
  it('says before a run on little data what makes it likely that it learns little, in the config’s words', async () => {
    const folder = temporaryFolder('doctor-learning');
    await writeGoodVideos(folder, 4);
    const learning = async (...set: string[]) => {
      const overrides = [`data.datasets=${folder}`, ...set].map(parseOverride);
      const options = { overrides, run: folder, engine: { backend: 'wasm' as const }, speed: false, say: () => {} };
      const findings = await checkConfig(join(configs, 'smoke.yaml'), options);
      return findings.filter(({ name }) => name === 'learning');
    };
    expect(await learning()).toEqual([]);
    const risks = await learning('optimization.epochs=100', 'optimization.ipe=30', 'optimization.warmup=1');
    expect(risks.map(({ status }) => status)).toEqual(['note', 'note']);
    expect(risks[0]).toMatchObject({
      detail: expect.stringContaining(
        '4 videos are few for a target encoder that averages over 100 steps (optimization.ema',
      ),
      remedy: expect.stringMatching(
        /begin optimization\.ema nearer to 1.*a lower optimization\.lr; or .* keep up \(optimization\.pred_lr_scale of 10 or more\)$/,
      ),
    });
    expect(risks[1]).toMatchObject({ remedy: expect.stringContaining('warm up longer, optimization.warmup:') });
  });

  it('counts videos that are shorter than a clip by what sets its frames apart', async () => {
    const folder = temporaryFolder('doctor-short');
    // Two seconds each, 12 frames a second.
    await writeGoodVideos(folder, 4);
    const videos = async (...set: string[]) => {
      const overrides = [`data.datasets=${folder}`, 'data.num_frames=8', ...set].map(parseOverride);
      const options = { overrides, run: folder, engine: { backend: 'wasm' as const }, speed: false, say: () => {} };
      const findings = await checkConfig(join(configs, 'smoke.yaml'), options);
      return findings.find(({ name }) => name === 'videos');
    };
    expect(await videos('data.sampling_rate=4')).toMatchObject({
      detail: expect.stringContaining('4 of them are shorter than a clip of 8 frames, every 4th'),
      remedy: expect.stringContaining('a smaller data.sampling_rate needs fewer frames'),
    });
    expect(await videos('data.fps=3')).toMatchObject({
      detail: expect.stringContaining('4 of them are shorter than a clip of 8 frames, 3 a second'),
      remedy: expect.stringContaining('a larger data.fps needs fewer frames'),
    });
    expect(await videos('data.fps=4')).toMatchObject({ status: 'ok' });
  });
});

describe('vjepa doctor', { timeout: 120_000 }, () => {
  it('looks at a config, its videos, and times its loader and its step', async () => {
    const folder = temporaryFolder('doctor-test');
    const paths = await writeGoodVideos(folder, 4);
    const index = join(folder, 'index.csv');
    writeFileSync(index, paths.map((path, i) => `${path} ${i % 2}\n`).join(''));
    const tiny = ['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'];
    const set = [
      `data.datasets=[${index}]`,
      ...tiny,
      'data.num_frames=4',
      'data.sampling_rate=2',
      `probe.dataset=${index}`,
    ];
    const { code, stdout } = await runVjepa(
      ...['doctor', '--json', '--backend', 'wasm', '--config', join(configs, 'smoke.yaml'), '--run', folder],
      ...set.flatMap((override) => ['--set', override]),
    );
    const findings = new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.name, finding]));
    expect(code, stdout).toBe(0);
    for (const name of ['Node', 'machine', 'bfloat16', 'native decoder', 'config', 'memory', 'disk', 'index'])
      expect([...findings.keys()]).toContain(name);
    expect(findings.get('wasm decoder')?.detail).toBe('decodes h264, hevc, vp9; not av1');
    expect(findings.get('videos')?.detail).toBe('4 of 4 opened, all can be decoded: 4 x h264 64x48');
    expect(findings.get('probe')?.detail).toContain('4 videos of 2 classes, 2 held out, every 1000 steps');
    expect(findings.get('loader')?.numbers?.clips_per_second).toBeGreaterThan(0);
    expect(findings.get('step')?.numbers?.seconds_per_step).toBeGreaterThan(0);
    expect(findings.get('verdict')?.detail).toMatch(/the loader keeps up|the step will wait for data/);
  });
});
