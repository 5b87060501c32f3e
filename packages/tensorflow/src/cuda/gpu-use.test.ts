import { describe, expect, it } from 'vitest';
import type { CudaGpu, DriverProbe } from './driver.js';
import { gpuUse } from './gpu-use.js';

const H100: CudaGpu = { name: 'NVIDIA H100', computeCapability: '9.0', memoryBytes: 80 * 2 ** 30 };
const driver = (over: { cuda?: string; version?: string; gpus?: CudaGpu[] } = {}): DriverProbe => ({
  driver: { version: '550.54.15', cuda: '12.4', gpus: [H100], ...over },
});
const found = { probe: driver(), builtForGpu: true, used: 0, missingLibraries: [] };
const none: DriverProbe = { missing: 'library', reason: 'there is no NVIDIA driver: libcuda.so.1 could not be opened' };

describe('why no GPU is used', () => {
  it('is not said where one is, nor where there is neither a GPU nor a build for one', () => {
    expect(gpuUse({ ...found, used: 1 }).problem).toBeUndefined();
    expect(gpuUse({ ...found, used: 1, missingLibraries: ['libcupti.so.12'] }).problem).toBeUndefined();
    expect(gpuUse({ ...found, probe: none, builtForGpu: false })).toEqual({ used: 0, builtForGpu: false });
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
      { probe: driver({ cuda: '11.4', version: '470.256.02' }) },
      'driver-too-old',
      'the NVIDIA driver 470.256.02 is for CUDA 11.4; TensorFlow needs 525.60.13 or newer',
    ],
    [
      'GPUs without kernels',
      { probe: driver({ gpus: [{ ...H100, name: 'Tesla K80', computeCapability: '3.7' }] }) },
      'no-kernels',
      "Tesla K80 has compute capability 3.7, and TensorFlow's kernels begin at 6.0",
    ],
    ['a library that is missing', { missingLibraries: ['libcufft.so.11 (gone)'] }, 'library-missing', 'libcufft.so.11'],
    [
      'no memory',
      { failure: 'failed initializing StreamExecutor: CUDA_ERROR_OUT_OF_MEMORY: out of memory' },
      'no-memory',
      'other programs hold it',
    ],
    ['whatever TensorFlow refuses it for', { failure: 'CUDA_ERROR_UNKNOWN' }, 'refused', 'CUDA_ERROR_UNKNOWN'],
    ['what was asked for', { hidden: true }, 'not-asked-for', 'the CPU was asked for'],
  ])('%s', (_name, circumstances, code, words) => {
    const { problem } = gpuUse({ ...found, ...circumstances });
    expect(problem!.code).toBe(code);
    expect(problem!.reason).toContain(words);
  });

  it('compares versions as numbers: 12.10 is newer than 12.9, 10.0 than 6.0', () => {
    expect(gpuUse({ ...found, probe: driver({ cuda: '12.10' }) }).problem!.code).toBe('refused');
    const blackwell = driver({ gpus: [{ ...H100, computeCapability: '10.0' }] });
    expect(gpuUse({ ...found, probe: blackwell }).problem!.code).toBe('refused');
  });
});
