import type { DriverProbe } from '@vjepa/engine';
import { describe, expect, it } from 'vitest';
import { requireDriver } from './require-driver.js';

function driver(cuda: string, version?: string): () => DriverProbe {
  return () => ({ driver: { cuda, gpus: [], ...(version !== undefined && { version }) }, start: () => 0 });
}

describe('the driver that a plug-in needs', () => {
  it('is none where it is not for CUDA', () => {
    expect(() => requireDriver('cpu.so', undefined)).not.toThrow();
  });

  it('may be older than CUDA within its major version', () => {
    expect(() => requireDriver('cuda.so', 12090, driver('12.2'))).not.toThrow();
    expect(() => requireDriver('cuda.so', 12090, driver('13.0'))).not.toThrow();
  });

  it('is named where the one there is too old', () => {
    expect(() => requireDriver('cuda.so', 13000, driver('12.8', '570.86.10'))).toThrow(
      expect.objectContaining({
        code: 'no-driver',
        message:
          "NVIDIA's driver 570.86.10 is for CUDA 12.8, and cuda.so is for CUDA 13, which needs NVIDIA's driver 580.65.06 or newer",
      }),
    );
  });

  it('is named where there is none', () => {
    const probe = (): DriverProbe => ({ missing: 'library', reason: 'there is no NVIDIA driver' });
    expect(() => requireDriver('cuda.so', 12090, probe)).toThrow(
      "there is no NVIDIA driver; cuda.so is for CUDA 12, which needs NVIDIA's driver 525.60.13 or newer",
    );
  });
});
