import { type backend_util, engine, registerBackend } from '@tensorflow/tfjs-core';
import { eagerBackendClass, registerGradients, registerOwnKernels } from '@vjepa/trace';
import { loadXla } from '../src/load-xla.js';
import { findPlugin } from '../src/locate.js';
import { CollectingBinding } from './collecting-binding.js';

/** tfjs-node's kernels are registered under this name. */
const BACKEND = 'tensorflow';

/** Makes XLA's CPU a backend of TensorFlow.js, for its tests; undefined where the plug-in is not installed. */
export async function openXla() {
  if (findPlugin({ kind: 'cpu' }) === undefined) return undefined;
  const { client, version } = await loadXla({ device: 'cpu' });
  registerGradients();
  const Base = eagerBackendClass();
  registerOwnKernels();
  const binding = new CollectingBinding(client);
  class Backend extends Base {
    override async read(dataId: object): Promise<backend_util.BackendValues> {
      const { values, id } = this.tensorMap.get(dataId);
      return (values as backend_util.BackendValues | null) ?? binding.read(id);
    }
  }
  const backend = new Backend(binding, '@vjepa/xla');
  registerBackend(BACKEND, () => backend);
  engine().findBackend(BACKEND);
  return { backendName: BACKEND, version };
}
