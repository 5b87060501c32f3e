import { describe, expect, it } from 'vitest';
import { checkPlugin, compare } from './check-plugin.js';
import { findPlugin, type PluginLocation } from './locate.js';
import { recommendPlugin } from './recommend-plugin.js';
import { describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';

const CUDA_13: PluginLocation = { path: '/cache/plugin.so', source: 'cache', kind: 'cuda13', version: '0.12' };
const NEW = { kind: 'cuda13', reason: 'the driver is for CUDA 13.0' } as const;
const OLD = { kind: 'cuda12', reason: 'the driver is for CUDA 12.4; CUDA 13 needs 580.65.06 or newer' } as const;
const NONE = { kind: undefined, reason: 'there is no driver' };

describe('how a machine stands with a plug-in', () => {
  it('is nothing where there is neither a plug-in nor a GPU', () => {
    expect(compare(undefined, NONE)).toEqual({});
  });

  it('is well where it fits the driver', () => {
    expect(compare(CUDA_13, NEW)).toEqual({ name: 'cuda13, 0.12, /cache/plugin.so' });
    expect(compare({ ...CUDA_13, kind: 'cuda12' }, NEW).problem).toBeUndefined();
  });

  it('names the one that fits where there is none, or where the driver is too old for it', () => {
    expect(compare(undefined, NEW)).toEqual({
      recommended: 'cuda13',
      problem: 'there is no plug-in: the driver is for CUDA 13.0',
    });
    expect(compare(CUDA_13, OLD)).toEqual({
      name: 'cuda13, 0.12, /cache/plugin.so',
      recommended: 'cuda12',
      problem: `cuda13, 0.12, /cache/plugin.so has no driver: ${OLD.reason}`,
    });
  });

  it('names the one of the other maker', () => {
    const amd = { kind: 'rocm', reason: "there is AMD's driver" } as const;
    expect(compare(CUDA_13, amd).recommended).toBe('rocm');
    expect(compare({ ...CUDA_13, kind: 'rocm' }, NEW)).toMatchObject({ recommended: 'cuda13' });
    expect(compare({ ...CUDA_13, kind: 'rocm' }, amd).problem).toBeUndefined();
  });

  it('says that there is no driver', () => {
    expect(compare(CUDA_13, NONE).problem).toBe('cuda13, 0.12, /cache/plugin.so has no GPU to use: there is no driver');
  });
});

const hasGpus = findPlugin() !== undefined || recommendPlugin().kind !== undefined;

describeWithCpuPlugin('checkPlugin', () => {
  it.skipIf(hasGpus)('tries the plug-in for CPUs where it is asked to, and there is none for GPUs', async () => {
    expect(await checkPlugin()).toEqual({});
    const { name, step, attention } = await checkPlugin({ orCpu: true });
    expect(name).toMatch(/^cpu, /);
    expect(step).toMatchObject({ correct: true });
    expect(attention).toEqual({ fused: false, because: 'cpu has no cuDNN' });
  });
});
