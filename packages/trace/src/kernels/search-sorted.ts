import { type KernelConfig, SearchSorted, type SearchSortedAttrs, type Tensor } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.searchSorted`, `tf.lowerBound` and `tf.upperBound`, which tfjs-node lacks. */
export const searchSorted: KernelConfig = {
  kernelName: SearchSorted,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { sortedSequence, values } = inputs as { sortedSequence: Tensor; values: Tensor };
    const { side } = attrs as unknown as SearchSortedAttrs;
    const node = backend as NodeJSKernelBackend;
    const attributes = [typeAttribute(node, 'T', values.dtype), typeAttribute(node, 'out_type', 'int32')];
    return node.executeSingleOutput(side === 'left' ? 'LowerBound' : 'UpperBound', attributes, [
      sortedSequence,
      values,
    ]);
  },
};
