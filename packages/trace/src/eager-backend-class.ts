import type { Tensor } from '@tensorflow/tfjs-core';
import { DataType } from './data-type.js';
import { loadTfjsNodeKernels, type NodeJSKernelBackendConstructor, type TensorMetadata } from './tfjs-node-kernels.js';

/** tfjs-node's backend, with its kernels registered, for an engine that runs operations one by one. */
export function eagerBackendClass(): NodeJSKernelBackendConstructor {
  const { NodeJSKernelBackend } = loadTfjsNodeKernels();
  return class extends NodeJSKernelBackend {
    /**
     * tfjs has no int64 and no uint8: a result of such a type becomes int32, on the engine's side too, so that any
     * further operation takes it (tfjs-node leaves it as it is and only calls it int32).
     */
    override createOutputTensor(metadata: TensorMetadata): Tensor {
      if (metadata.dtype !== DataType.INT64 && metadata.dtype !== DataType.UINT8) {
        return super.createOutputTensor(metadata);
      }
      const { binding } = this;
      const [converted] = binding.executeOp(
        'Cast',
        [
          { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: metadata.dtype },
          { name: 'DstT', type: binding.TF_ATTR_TYPE, value: DataType.INT32 },
        ],
        [metadata.id],
        1,
      );
      binding.deleteTensor(metadata.id);
      return super.createOutputTensor(converted!);
    }

    /** Every tensor is counted and freed explicitly, so the engine's own counts are exact. */
    override memory() {
      return { unreliable: false };
    }
  };
}
