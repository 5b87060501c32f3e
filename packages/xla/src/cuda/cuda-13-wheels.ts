import type { NvidiaWheel } from '@vjepa/engine';
import { CUDNN_9_LIBRARIES } from '@vjepa/native';

/**
 * The parts of CUDA 13 that XLA's plug-in opens, in the order in which they can be opened: each needs only those before
 * it. NCCL and NVSHMEM carry what several GPUs tell each other; `ptxas`, `nvlink` and `libdevice` compile.
 */
export const CUDA_13_WHEELS: readonly NvidiaWheel[] = [
  {
    project: 'nvidia-cuda-runtime',
    version: '13.5.37',
    file: 'nvidia_cuda_runtime-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: 'df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d',
    bytes: 2_504_024,
    keep: ['cu13/lib/libcudart.so.13'],
  },
  {
    project: 'nvidia-nvjitlink',
    version: '13.5.37',
    file: 'nvidia_nvjitlink-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: '280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb',
    bytes: 46_642_491,
    keep: ['cu13/lib/libnvJitLink.so.13'],
  },
  {
    project: 'nvidia-cuda-nvrtc',
    version: '13.5.37',
    file: 'nvidia_cuda_nvrtc-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: '86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc',
    bytes: 58_185_930,
    keep: ['cu13/lib/libnvrtc.so.13', 'cu13/lib/libnvrtc-builtins.so.13.5'],
  },
  {
    project: 'nvidia-cuda-nvcc',
    version: '13.5.37',
    file: 'nvidia_cuda_nvcc-13.5.37-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: 'f5c4f7ead5d964fb4af42bbf1e6d3ec3c1e6e9d83b53749f691d387e7fcaa3a7',
    bytes: 47_028_279,
    keep: ['cu13/bin/ptxas', 'cu13/bin/nvlink'],
  },
  {
    project: 'nvidia-nvvm',
    version: '13.5.37',
    file: 'nvidia_nvvm-13.5.37-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: 'c41bfa362e407405163f103c2229f0765f8cc2ed7d148b754dc77f228bf7e070',
    bytes: 75_141_406,
    keep: ['cu13/nvvm/libdevice/libdevice.10.bc'],
  },
  {
    project: 'nvidia-cuda-cupti',
    version: '13.5.25',
    file: 'nvidia_cuda_cupti-13.5.25-py3-none-manylinux_2_25_x86_64.whl',
    sha256: '9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650',
    bytes: 12_592_974,
    keep: ['cu13/lib/libcupti.so.13'],
  },
  {
    project: 'nvidia-cublas',
    version: '13.10.0.20',
    file: 'nvidia_cublas-13.10.0.20-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl',
    sha256: 'dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84',
    bytes: 444_289_903,
    keep: ['cu13/lib/libcublasLt.so.13', 'cu13/lib/libcublas.so.13'],
  },
  {
    project: 'nvidia-cufft',
    version: '12.5.0.14',
    file: 'nvidia_cufft-12.5.0.14-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: 'b8be26837a5abad2b5b74f3e92dd29f622a42934b355be0961a48712cbba23ad',
    bytes: 165_072_555,
    keep: ['cu13/lib/libcufft.so.12'],
  },
  {
    project: 'nvidia-cusparse',
    version: '12.9.4.2',
    file: 'nvidia_cusparse-12.9.4.2-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '072667e58c851a318738f5527a12eb225cbf058803f2ea451c722d8cf8edddec',
    bytes: 230_422_857,
    keep: ['cu13/lib/libcusparse.so.12'],
  },
  {
    project: 'nvidia-cusolver',
    version: '12.4.1.2',
    file: 'nvidia_cusolver-12.4.1.2-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'b3b8e02fd2f2df869369af075dc3a179d43f6f7b85e94632a7dce556697be044',
    bytes: 260_003_940,
    keep: ['cu13/lib/libcusolver.so.12'],
  },
  {
    project: 'nvidia-cudnn-cu13',
    version: '9.28.1.4',
    file: 'nvidia_cudnn_cu13-9.28.1.4-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec',
    bytes: 516_817_937,
    keep: CUDNN_9_LIBRARIES,
  },
  {
    project: 'nvidia-nccl-cu13',
    version: '2.32.3',
    file: 'nvidia_nccl_cu13-2.32.3-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '1459723080ac889d73a26edfa3e04383a7928ab31ac8f0ec43b3ea9548b04ff3',
    bytes: 305_100_071,
    keep: ['nccl/lib/libnccl.so.2'],
  },
  {
    project: 'nvidia-nvshmem-cu13',
    version: '3.8.0',
    file: 'nvidia_nvshmem_cu13-3.8.0-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '81a4d1f666543e6d34df6d2ff940c7da1435e34e186aab6f3c2b48861b64ef38',
    bytes: 182_092_449,
    keep: ['nvshmem/lib/libnvshmem_host.so.3'],
  },
];

/** What is kept of all of them, on disk, in bytes. */
export const CUDA_13_INSTALLED_BYTES = 2_990_000_000;
