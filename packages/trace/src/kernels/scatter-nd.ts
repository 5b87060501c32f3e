import {
  type KernelConfig,
  reshape,
  ScatterNd,
  type ScatterNdAttrs,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.scatterND`. In tfjs indices `[K]` may stand for `[K, 1]`; TensorFlow wants the latter, which tfjs-node forgets. */
export const scatterNd: KernelConfig = {
  kernelName: ScatterNd,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { indices, updates } = inputs as { indices: Tensor; updates: Tensor };
    const { shape } = attrs as unknown as ScatterNdAttrs;
    const node = backend as NodeJSKernelBackend;
    return tidy(() => {
      const rows = indices.rank < 2 ? reshape(indices, [indices.size, 1]) : indices;
      const attributes = [typeAttribute(node, 'T', updates.dtype), typeAttribute(node, 'Tindices', 'int32')];
      return node.executeSingleOutput('ScatterNd', attributes, [rows, updates, tensor1d(shape, 'int32')]);
    });
  },
};
