import { BitwiseAnd, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.bitwiseAnd`, which tfjs-node lacks. */
export const bitwiseAnd: KernelConfig = {
  kernelName: BitwiseAnd,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend }) => {
    const { a, b } = inputs as { a: Tensor; b: Tensor };
    const node = backend as NodeJSKernelBackend;
    return node.executeSingleOutput('BitwiseAnd', [typeAttribute(node, 'T', a.dtype)], [a, b]);
  },
};
