import { backend_util, Einsum, type EinsumAttrs, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/** `tf.einsum`. TensorFlow lets an output label pass that no input has; tfjs, and this kernel, take it for a mistake. */
export const einsum: KernelConfig = {
  kernelName: Einsum,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const tensors = Object.values(inputs) as Tensor[];
    const { equation } = attrs as unknown as EinsumAttrs;
    const node = backend as NodeJSKernelBackend;
    backend_util.decodeEinsumEquation(equation, tensors.length);
    const attributes = [
      { name: 'N', type: node.binding.TF_ATTR_INT, value: tensors.length },
      { name: 'equation', type: node.binding.TF_ATTR_STRING, value: equation },
      typeAttribute(node, 'T', tensors[0]!.dtype),
    ];
    return node.executeSingleOutput('Einsum', attributes, tensors);
  },
};
