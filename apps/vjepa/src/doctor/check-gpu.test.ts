import type { GpuUse } from '@vjepa/engine';
import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { checkGpuUse, checkStep } from './check-gpu.js';

describe('GPUs', () => {
  const driver = {
    version: '550.54.15',
    cuda: '12.4',
    gpus: [{ name: 'NVIDIA H100', computeCapability: '9.0', memoryBytes: 80 * 2 ** 30 }],
  };

  it('that are used are named, with the driver', () => {
    const [found, cuda] = checkGpuUse({ used: 1, builtForGpu: true, driver });
    expect(found).toMatchObject({
      status: 'ok',
      detail: '550.54.15, for CUDA 12.4: NVIDIA H100 (compute capability 9.0, 80.0 GiB)',
    });
    expect(cuda).toMatchObject({ status: 'ok', detail: 'TensorFlow uses 1 GPU' });
  });

  it('that are not used come with the reason and what to do, which is never what has been done', () => {
    const unused = (use: Partial<GpuUse>) => checkGpuUse({ used: 0, builtForGpu: true, driver, ...use }, true).at(-1);
    expect(unused({ problem: { code: 'library-missing', reason: 'CUDA libraries are missing: x' } })).toEqual({
      name: 'CUDA',
      status: 'note',
      detail: 'no GPU is used: CUDA libraries are missing: x',
      remedy: 'vjepa runtime install --cuda lays out what is missing',
    });
    const noDriver = unused({ driver: undefined, problem: { code: 'no-driver', reason: 'there is no NVIDIA driver' } });
    expect(noDriver!.remedy).not.toContain('runtime install');
    expect(noDriver!.detail).toContain('there is no NVIDIA driver');
  });

  it('that are not there are not spoken of', () => {
    expect(checkGpuUse({ used: 0, builtForGpu: false })).toEqual([]);
  });
});

describe.skipIf((await findTensorFlow()) === undefined)('the small step', () => {
  it('runs, and a failure is a problem that says why', async () => {
    const runtime = await loadTensorFlow();
    expect(await checkStep(runtime)).toMatchObject({ status: 'ok', detail: expect.stringMatching(/on the [CG]PU in/) });
    const broken = {
      devices: runtime.devices,
      compile: () => Object.assign(async () => ({}), { dispose() {} }) as never,
    };
    expect(await checkStep(broken)).toMatchObject({ status: 'problem' });
  });
});
