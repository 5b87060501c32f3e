import {
  isNaN as isNotANumber,
  type KernelConfig,
  Sign,
  type Tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';

/** `tf.sign`. tfjs defines the sign of NaN as 0; TensorFlow says NaN. */
export const sign: KernelConfig = {
  kernelName: Sign,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, backend }) => {
    const { x } = inputs as { x: Tensor };
    const node = backend as NodeJSKernelBackend;
    if (x.dtype !== 'float32') return node.executeSingleInput('Sign', x);
    return tidy(() => where(isNotANumber(x), zerosLike(x), node.executeSingleInput('Sign', x)));
  },
};
