import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  type KernelConfig,
  scalar,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/**
 * `tf.gather`. tfjs-node's kernel reads every index back to JavaScript to check it; TensorFlow checks them itself, and
 * a graph that is being traced has no values to read. An axis may be counted from the last.
 */
export const gather: KernelConfig = {
  kernelName: GatherV2,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs as { x: Tensor; indices: Tensor };
    const { axis: given, batchDims } = attrs as unknown as GatherV2Attrs;
    const [axis] = util.parseAxisParam(given, x.shape) as [number];
    const node = backend as NodeJSKernelBackend;
    backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const axisTensor = scalar(axis, 'int32');
    const result = node.executeSingleOutput(
      'GatherV2',
      [
        { name: 'batch_dims', type: node.binding.TF_ATTR_INT, value: batchDims },
        typeAttribute(node, 'Tparams', x.dtype),
        typeAttribute(node, 'Tindices', indices.dtype),
        typeAttribute(node, 'Taxis', 'int32'),
      ],
      [x, indices, axisTensor],
    );
    axisTensor.dispose();
    return result;
  },
};
