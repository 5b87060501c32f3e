import { gpuPeakFlops } from '@vjepa/engine';

/** A device that trains, as its maker's data sheet has it, and the links of the machine that it is sold in. */
export interface Accelerator {
  /** Dense, in floating-point operations a second. */
  peakFlops: { bfloat16: number; float32: number };
  memoryBytes: number;
  memoryBytesPerSecond: number;
  /** To the other devices of its host, in one direction. */
  linkBytesPerSecond: number;
  /** Its share of its host's network, in one direction. */
  networkBytesPerSecond: number;
}

/**
 * GB of memory (2^30), TB/s of memory, GB/s of NVLink in one direction (data sheets give both together), Gbit/s of network a device.
 *
 * - b200: NVIDIA DGX B200 data sheet (1,440 GB and 64 TB/s of 8 GPUs, NVLink 1.8 TB/s, ConnectX-7 of 400 Gbit/s a GPU)
 * - h200: NVIDIA H200 data sheet (SXM: 141 GB, 4.8 TB/s, NVLink 900 GB/s), DGX H200 data sheet (400 Gbit/s a GPU)
 * - h100-80gb: NVIDIA H100 data sheet (SXM: 80 GB, 3.35 TB/s, NVLink 900 GB/s), DGX H100 data sheet (400 Gbit/s a GPU)
 * - a100-80gb, a100-40gb: NVIDIA A100 data sheet (SXM: 2,039 and 1,555 GB/s, NVLink 600 GB/s), DGX A100 data sheet (ConnectX-6 of
 *   200 Gbit/s a GPU)
 */
const KINDS = {
  b200: { gpu: 'B200', memory: 180, bandwidth: 8, nvlink: 900, network: 400 },
  h200: { gpu: 'H200', memory: 141, bandwidth: 4.8, nvlink: 450, network: 400 },
  'h100-80gb': { gpu: 'H100', memory: 80, bandwidth: 3.35, nvlink: 450, network: 400 },
  'a100-80gb': { gpu: 'A100', memory: 80, bandwidth: 2.039, nvlink: 300, network: 200 },
  'a100-40gb': { gpu: 'A100', memory: 40, bandwidth: 1.555, nvlink: 300, network: 200 },
} as const;

/** A device by name. */
export type AcceleratorName = keyof typeof KINDS;

/** Devices that {@link planScale} knows. */
export const ACCELERATOR_NAMES = Object.keys(KINDS) as readonly AcceleratorName[];

/** What the data sheets say of a device. */
export function accelerator(name: AcceleratorName): Accelerator {
  const { gpu, memory, bandwidth, nvlink, network } = KINDS[name];
  return {
    peakFlops: { bfloat16: gpuPeakFlops(gpu, 'bfloat16')!, float32: gpuPeakFlops(gpu, 'float32')! },
    memoryBytes: memory * 2 ** 30,
    memoryBytesPerSecond: bandwidth * 1e12,
    linkBytesPerSecond: nvlink * 1e9,
    networkBytesPerSecond: (network / 8) * 1e9,
  };
}
