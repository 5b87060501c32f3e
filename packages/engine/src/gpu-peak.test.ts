import { describe, expect, it } from 'vitest';
import { gpuPeakFlops } from './gpu-peak.js';

describe('the peak of a GPU', () => {
  it('is that of its name, as drivers say it', () => {
    const named = [
      'NVIDIA H200',
      'NVIDIA H100 80GB HBM3',
      'NVIDIA H100 PCIe',
      'NVIDIA A100-SXM4-80GB',
      'NVIDIA L40S',
      'NVIDIA L4',
    ];
    expect(named.map((name) => gpuPeakFlops(name, 'bfloat16')! / 1e12)).toEqual([989, 989, 756, 312, 362, 121]);
    expect(gpuPeakFlops('NVIDIA GeForce RTX 4090', 'float32')).toBe(82.6e12);
    expect(gpuPeakFlops('NVIDIA A100-PCIE-40GB', 'TF32')).toBe(156e12);
  });

  it('is unknown of others, and of names that only contain one', () => {
    expect(gpuPeakFlops('NVIDIA GeForce GTX 1080', 'float32')).toBeUndefined();
    expect(gpuPeakFlops('NVIDIA A1000', 'bfloat16')).toBeUndefined();
  });
});
