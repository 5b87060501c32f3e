import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { addN } from './add-n.js';
import { bitwiseAnd } from './bitwise-and.js';
import { denseBincount } from './dense-bincount.js';
import { einsum } from './einsum.js';
import { gather } from './gather.js';
import { leakyRelu } from './leaky-relu.js';
import { multinomial } from './multinomial.js';
import { round } from './round.js';
import { scatterNd } from './scatter-nd.js';
import { searchSorted } from './search-sorted.js';
import { sign } from './sign.js';
import { step } from './step.js';

/** Kernels of our own: those tfjs-node lacks, and those where it is wrong or slow. */
const KERNELS: readonly KernelConfig[] = [
  addN,
  bitwiseAnd,
  denseBincount,
  einsum,
  gather,
  leakyRelu,
  multinomial,
  round,
  scatterNd,
  searchSorted,
  sign,
  step,
];

/** Puts our kernels in the place of tfjs-node's, which must be registered already. */
export function registerOwnKernels(): void {
  for (const kernel of KERNELS) {
    if (getKernel(kernel.kernelName, kernel.backendName)) unregisterKernel(kernel.kernelName, kernel.backendName);
    registerKernel(kernel);
  }
}
