import type { CudaGpu, DriverProbe } from '@vjepa/engine';
import { describe, expect, it } from 'vitest';
import { chooseGpus, type GpuSelection, notRegistered } from './gpu-use.js';

const GIB = 2 ** 30;
const H100: CudaGpu = { name: 'NVIDIA H100', computeCapability: '9.0', memoryBytes: 80 * GIB };
const K80: CudaGpu = { name: 'Tesla K80', computeCapability: '3.7', memoryBytes: 12 * GIB };

/** A driver whose GPUs have so much memory free, or cannot be started for a reason. */
function driver(gpus = [H100], free: (number | string)[] = gpus.map(() => 70 * GIB), cuda = '12.4'): DriverProbe {
  return { driver: { version: cuda === '12.4' ? '550.54.15' : '470.256.02', cuda, gpus }, start: (gpu) => free[gpu]! };
}
const found = { probe: driver(), builtForGpu: true, wanted: 'first' as GpuSelection, missingLibraries: [] };
const none: DriverProbe = { missing: 'library', reason: 'there is no NVIDIA driver: libcuda.so.1 could not be opened' };

describe('GPUs', () => {
  it('are the first that can be used, unless more are asked for', () => {
    const three = { ...found, probe: driver([K80, H100, H100], [0, 1 * GIB, 1 * GIB]) };
    expect(chooseGpus(three)).toEqual({ gpus: [1] });
    expect(chooseGpus({ ...three, wanted: 'all' })).toEqual({ gpus: [1, 2] });
    expect(chooseGpus({ ...three, wanted: [2, 1] })).toEqual({ gpus: [2, 1] });
  });

  it('that are named must all be usable', () => {
    const busy = { ...found, probe: driver([H100, H100], [70 * GIB, 100 * 2 ** 20]), wanted: [0, 1] };
    expect(chooseGpus(busy).gpus).toEqual([]);
    expect(chooseGpus(busy).problem!.reason).toMatch(/^GPU 1, NVIDIA H100, has 100 MiB of 81920 MiB free/);
    expect(chooseGpus({ ...found, wanted: [3] }).problem!.reason).toBe('there is no GPU 3; the driver sees 0 only');
  });

  it('that are busy are left out, and a run begins on the next', () => {
    expect(chooseGpus({ ...found, probe: driver([H100, H100], ['CUDA_ERROR_OUT_OF_MEMORY', GIB]) }).gpus).toEqual([1]);
  });

  it('are not touched where others serve, nor where none is wanted', () => {
    const started: number[] = [];
    const probe = driver([H100, H100]) as Extract<DriverProbe, { driver: unknown }>;
    const watched = {
      ...probe,
      start: (gpu: number) => {
        started.push(gpu);
        return GIB;
      },
    };
    chooseGpus({ ...found, probe: watched });
    chooseGpus({ ...found, probe: watched, wanted: 'none' });
    expect(started).toEqual([0]);
  });
});

describe('why no GPU is used', () => {
  it('is not said where there is neither a GPU nor a build for one', () => {
    expect(chooseGpus({ ...found, probe: none, builtForGpu: false })).toEqual({ gpus: [] });
  });

  it.each([
    ['no driver', { probe: none }, 'no-driver', 'libcuda.so.1'],
    [
      'a driver without a GPU',
      { probe: { missing: 'device', reason: 'the NVIDIA driver sees no GPU' } as DriverProbe },
      'no-device',
      'sees no GPU',
    ],
    ['a build without CUDA', { builtForGpu: false }, 'built-without-gpu', 'NVIDIA H100'],
    [
      'an old driver, with the version that is needed',
      { probe: driver([H100], [GIB], '11.4') },
      'driver-too-old',
      'the NVIDIA driver 470.256.02 is for CUDA 11.4; TensorFlow needs 525.60.13 or newer',
    ],
    [
      'GPUs without kernels',
      { probe: driver([K80]) },
      'no-kernels',
      "GPU 0, Tesla K80, has compute capability 3.7, and TensorFlow's kernels begin at 6.0",
    ],
    ['a library that is missing', { missingLibraries: ['libcufft.so.11 (gone)'] }, 'library-missing', 'libcufft.so.11'],
    ['no memory', { probe: driver([H100], [2 ** 20]) }, 'no-memory', '1 MiB of 81920 MiB free; other programs hold'],
    ['none at all', { probe: driver([H100], ['CUDA_ERROR_OUT_OF_MEMORY']) }, 'no-memory', 'none of its 81920 MiB free'],
    ['what the driver refuses', { probe: driver([H100], ['CUDA_ERROR_UNKNOWN']) }, 'refused', 'CUDA_ERROR_UNKNOWN'],
    ['what was asked for', { wanted: 'none' as const }, 'not-asked-for', 'the CPU was asked for'],
  ])('%s', (_name, circumstances, code, words) => {
    const { gpus, problem } = chooseGpus({ ...found, ...circumstances });
    expect(gpus).toEqual([]);
    expect(problem!.code).toBe(code);
    expect(problem!.reason).toContain(words);
  });

  it('is the part of the driver that is missing, where TensorFlow registers none without a word', () => {
    const probe = driver() as Extract<DriverProbe, { driver: unknown }>;
    expect(notRegistered(probe).code).toBe('refused');
    const { code, reason } = notRegistered({ ...probe, withoutManagement: 'libnvidia-ml.so.1 could not be opened' });
    expect([code, reason]).toEqual(['driver-incomplete', expect.stringContaining('libnvidia-ml.so.1')]);
  });

  it('compares versions as numbers: CUDA 12.10 is newer than 12.9, capability 10.0 than 6.0', () => {
    const blackwell = { ...H100, computeCapability: '10.0' };
    expect(chooseGpus({ ...found, probe: driver([blackwell], [GIB], '12.10') }).gpus).toEqual([0]);
  });
});
