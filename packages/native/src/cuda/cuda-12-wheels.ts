import type { NvidiaWheel } from '@vjepa/engine';
import { CUDNN_9_LIBRARIES } from './cudnn-9-libraries.js';

/**
 * The parts of CUDA 12 that the pinned TensorFlow loads, in the order in which they can be opened: each needs only those
 * before it. The versions are those that its `and-cuda` extra stood for when this release was pinned.
 *
 * | part | opened for |
 * |---|---|
 * | cuda_runtime, cublas, cufft, cusparse, cusolver, nvjitlink, cudnn | TensorFlow registers no GPU without them |
 * | cuda_nvcc | XLA compiles with `ptxas` and links `libdevice` |
 * | cuda_nvrtc | cuDNN and cuBLAS make kernels at run time |
 * | cuda_cupti | times of operations, when a step is profiled |
 *
 * The extra names NCCL and cuRAND too: no step here opens them, on one GPU or on several.
 */
export const CUDA_12_WHEELS: readonly NvidiaWheel[] = [
  {
    project: 'nvidia-cuda-runtime-cu12',
    version: '12.9.79',
    file: 'nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    bytes: 3_493_179,
    keep: ['cuda_runtime/lib/libcudart.so.12'],
  },
  {
    project: 'nvidia-nvjitlink-cu12',
    version: '12.9.86',
    file: 'nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    bytes: 39_748_338,
    keep: ['nvjitlink/lib/libnvJitLink.so.12'],
  },
  {
    project: 'nvidia-cuda-nvrtc-cu12',
    version: '12.9.86',
    file: 'nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    bytes: 89_568_129,
    keep: ['cuda_nvrtc/lib/libnvrtc.so.12', 'cuda_nvrtc/lib/libnvrtc-builtins.so.12.9'],
  },
  {
    project: 'nvidia-cuda-nvcc-cu12',
    version: '12.9.86',
    file: 'nvidia_cuda_nvcc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl',
    sha256: '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
    bytes: 40_546_229,
    keep: ['cuda_nvcc/bin/ptxas', 'cuda_nvcc/nvvm/libdevice/libdevice.10.bc'],
  },
  {
    project: 'nvidia-cuda-cupti-cu12',
    version: '12.9.79',
    file: 'nvidia_cuda_cupti_cu12-12.9.79-py3-none-manylinux_2_25_x86_64.whl',
    sha256: '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
    bytes: 10_814_997,
    keep: ['cuda_cupti/lib/libcupti.so.12'],
  },
  {
    project: 'nvidia-cublas-cu12',
    version: '12.9.3.13',
    file: 'nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl',
    sha256: 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    bytes: 581_217_458,
    keep: ['cublas/lib/libcublasLt.so.12', 'cublas/lib/libcublas.so.12'],
  },
  {
    project: 'nvidia-cufft-cu12',
    version: '11.4.1.4',
    file: 'nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    bytes: 200_877_592,
    keep: ['cufft/lib/libcufft.so.11'],
  },
  {
    project: 'nvidia-cusparse-cu12',
    version: '12.5.10.65',
    file: 'nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
    sha256: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    bytes: 366_465_088,
    keep: ['cusparse/lib/libcusparse.so.12'],
  },
  {
    project: 'nvidia-cusolver-cu12',
    version: '11.7.5.82',
    file: 'nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    bytes: 338_117_415,
    keep: ['cusolver/lib/libcusolver.so.11'],
  },
  {
    project: 'nvidia-cudnn-cu12',
    version: '9.28.0.42',
    file: 'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    bytes: 716_538_495,
    keep: CUDNN_9_LIBRARIES,
  },
];

/** What is kept of all of them, on disk, in bytes. */
export const CUDA_12_INSTALLED_BYTES = 3_350_000_000;
