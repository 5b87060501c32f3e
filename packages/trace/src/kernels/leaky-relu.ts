import { cast, type KernelConfig, LeakyRelu, type LeakyReluAttrs, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.leakyRelu`, for integers too: tfjs then computes in float32, which tfjs-node forgets. */
export const leakyRelu: KernelConfig = {
  kernelName: LeakyRelu,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x } = inputs as { x: Tensor };
    const { alpha } = attrs as unknown as LeakyReluAttrs;
    const node = backend as NodeJSKernelBackend;
    const attributes = [
      { name: 'alpha', type: node.binding.TF_ATTR_FLOAT, value: alpha },
      typeAttribute(node, 'T', 'float32'),
    ];
    return tidy(() => node.executeSingleOutput('LeakyRelu', attributes, [cast(x, 'float32')]));
  },
};
