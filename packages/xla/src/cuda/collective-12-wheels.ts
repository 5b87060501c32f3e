import type { NvidiaWheel } from '@vjepa/engine';

/** What several GPUs tell each other by, for CUDA 12: XLA's plug-in opens it beside the parts that TensorFlow opens too. */
export const COLLECTIVE_12_WHEELS: readonly NvidiaWheel[] = [
  {
    project: 'nvidia-nccl-cu12',
    version: '2.32.3',
    file: 'nvidia_nccl_cu12-2.32.3-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    bytes: 351_526_311,
    keep: ['nccl/lib/libnccl.so.2'],
  },
  {
    project: 'nvidia-nvshmem-cu12',
    version: '3.8.0',
    file: 'nvidia_nvshmem_cu12-3.8.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: 'b2e5760d6158aefe7bb74348d5128bb1b46a7dd1fd4b7b1e6fe55b4b07888f70',
    bytes: 280_800_183,
    keep: ['nvshmem/lib/libnvshmem_host.so.3'],
  },
];

/** What is kept of all of them, on disk, in bytes. */
export const COLLECTIVE_12_INSTALLED_BYTES = 670_000_000;
