import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { gather } from './gather.js';

/** Kernels of our own: those tfjs-node lacks, and those where it is wrong or slow. */
const KERNELS: readonly KernelConfig[] = [gather];

/** Puts our kernels in the place of tfjs-node's, which must be registered already. */
export function registerOwnKernels(): void {
  for (const kernel of KERNELS) {
    if (getKernel(kernel.kernelName, kernel.backendName)) unregisterKernel(kernel.kernelName, kernel.backendName);
    registerKernel(kernel);
  }
}
