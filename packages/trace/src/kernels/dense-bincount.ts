import {
  DenseBincount,
  type DenseBincountAttrs,
  type KernelConfig,
  scalar,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.denseBincount`, which tfjs-node lacks. */
export const denseBincount: KernelConfig = {
  kernelName: DenseBincount,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, weights } = inputs as { x: Tensor; weights: Tensor };
    const { size, binaryOutput } = attrs as unknown as DenseBincountAttrs;
    const node = backend as NodeJSKernelBackend;
    const attributes = [
      typeAttribute(node, 'Tidx', 'int32'),
      typeAttribute(node, 'T', weights.dtype),
      { name: 'binary_output', type: node.binding.TF_ATTR_BOOL, value: binaryOutput ?? false },
    ];
    return tidy(() => node.executeSingleOutput('DenseBincount', attributes, [x, scalar(size, 'int32'), weights]));
  },
};
