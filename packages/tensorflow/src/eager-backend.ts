import { engine, registerBackend, removeBackend, type Tensor } from '@tensorflow/tfjs-core';
import {
  DataType,
  loadTfjsNodeKernels,
  type NodeJSKernelBackend,
  type NodeJSKernelBackendConstructor,
  registerGradients,
  registerOwnKernels,
  type TensorMetadata,
} from '@vjepa/trace';
import type { CApi } from './c-api.js';
import { EagerBinding } from './eager-binding.js';
import type { EagerContext } from './eager-context.js';

/** The name of the eager backend, which tfjs-node's kernels are registered for. */
export const BACKEND = 'tensorflow';

/** The eager backend: tfjs-node's, with a binding that calls TensorFlow's C API directly. */
export interface EagerBackend extends NodeJSKernelBackend {
  readonly binding: EagerBinding;
}

/**
 * Registers the eager backend with tfjs-core under the name 'tensorflow', with all of its kernels. It does not become
 * the active one; `tf.setBackend('tensorflow')` makes it so.
 */
export function registerEagerBackend(tf: CApi, context: EagerContext): EagerBackend {
  registerGradients();
  const { NodeJSKernelBackend } = loadTfjsNodeKernels();
  registerOwnKernels();
  const binding = new EagerBinding(tf, context);
  const backend = new (eagerBackendClass(NodeJSKernelBackend))(binding, '@vjepa/tensorflow') as EagerBackend;
  if (!registerBackend(BACKEND, () => backend)) {
    removeBackend(BACKEND);
    registerBackend(BACKEND, () => backend);
  }
  engine().findBackend(BACKEND);
  return backend;
}

function eagerBackendClass(Base: NodeJSKernelBackendConstructor): NodeJSKernelBackendConstructor {
  return class extends Base {
    /**
     * tfjs has no int64 and no uint8: a result of such a type becomes int32, on TensorFlow's side too, so that any
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
