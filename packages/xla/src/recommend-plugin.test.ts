import type { DriverProbe } from '@vjepa/engine';
import { describe, expect, it } from 'vitest';
import { recommendFor } from './recommend-plugin.js';

function driver(cuda: string, computeCapability = '9.0'): DriverProbe {
  const gpus = [{ name: 'NVIDIA GPU', computeCapability, memoryBytes: 80 * 2 ** 30 }];
  return { driver: { version: '1.2.3', cuda, gpus }, start: () => 0 };
}

describe('which plug-in a machine needs', () => {
  it("is the driver's CUDA", () => {
    expect(recommendFor(driver('13.0'))).toEqual({ kind: 'cuda13', reason: "NVIDIA's driver 1.2.3 is for CUDA 13.0" });
    expect(recommendFor(driver('12.4'))).toEqual({
      kind: 'cuda12',
      reason: "NVIDIA's driver 1.2.3 is for CUDA 12.4; CUDA 13 needs 580.65.06 or newer",
    });
  });

  it('is CUDA 12 for GPUs that CUDA 13 has left behind', () => {
    const { kind, reason } = recommendFor(driver('13.0', '7.0'));
    expect([kind, reason]).toEqual(['cuda12', "NVIDIA GPU has compute capability 7.0, below CUDA 13's"]);
    expect(recommendFor(driver('13.0', '10.0')).kind).toBe('cuda13');
  });

  it("is ROCm where there is AMD's driver and not NVIDIA's", () => {
    const missing = { missing: 'library', reason: 'there is no NVIDIA driver' } as const;
    expect(recommendFor(missing, true)).toEqual({ kind: 'rocm', reason: "there is AMD's driver (/dev/kfd)" });
    expect(recommendFor(driver('13.0'), true).kind).toBe('cuda13');
  });

  it('is none where the driver is missing or too old, with what is needed', () => {
    expect(recommendFor({ missing: 'library', reason: 'there is no NVIDIA driver' })).toEqual({
      kind: undefined,
      reason: 'there is no NVIDIA driver',
    });
    expect(recommendFor(driver('11.8')).reason).toContain('XLA needs 525.60.13 or newer, for CUDA 12');
  });
});
