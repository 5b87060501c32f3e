import { engine, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { eagerBackendClass, type NodeJSKernelBackend, registerGradients, registerOwnKernels } from '@vjepa/trace';
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
  const Backend = eagerBackendClass();
  registerOwnKernels();
  const binding = new EagerBinding(tf, context);
  const backend = new Backend(binding, '@vjepa/tensorflow') as EagerBackend;
  if (!registerBackend(BACKEND, () => backend)) {
    removeBackend(BACKEND);
    registerBackend(BACKEND, () => backend);
  }
  engine().findBackend(BACKEND);
  return backend;
}
