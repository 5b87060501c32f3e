import { type KernelConfig, Round, type Tensor } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';

/** `tf.round`. An integer is its own rounding; TensorFlow's operation gives 0 for large negative ones. */
export const round: KernelConfig = {
  kernelName: Round,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend }) => {
    const { x } = inputs as { x: Tensor };
    return (backend as NodeJSKernelBackend).executeSingleInput(x.dtype === 'float32' ? 'Round' : 'Identity', x);
  },
};
