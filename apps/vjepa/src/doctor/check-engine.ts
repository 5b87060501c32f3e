import { type Device, findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { reasonOf } from '../command-error.js';
import { type Finding, gib, note, ok } from './finding.js';

/** The TensorFlow library, its devices, and the WebAssembly fallback. */
export async function checkEngine(): Promise<Finding[]> {
  try {
    const location = await findTensorFlow();
    if (!location) {
      return [
        note(
          'TensorFlow',
          'no library found; training runs on WebAssembly, several times slower',
          'vjepa runtime install',
        ),
      ];
    }
    const runtime = await loadTensorFlow();
    return [
      ok('TensorFlow', `${runtime.version} (${runtime.source}), ${runtime.libraryPath}`),
      checkDevices(runtime.devices),
    ];
  } catch (error) {
    const remedy = 'vjepa runtime install fetches the library, VJEPA_TENSORFLOW_PATH names the folder of another';
    return [note('TensorFlow', `could not be loaded, WebAssembly is used: ${reasonOf(error)}`, remedy)];
  }
}

/** What TensorFlow can compute on. */
export function checkDevices(devices: readonly Device[]): Finding {
  const names = devices.map(({ type, memoryBytes }) => (type === 'GPU' ? `GPU (${gib(memoryBytes)})` : type));
  return ok('device', names.join(', '));
}

/** Memory of the first GPU that training would use, in bytes; undefined without one. */
export async function gpuMemory(): Promise<number | undefined> {
  try {
    if (!(await findTensorFlow())) return undefined;
    return (await loadTensorFlow()).devices.find(({ type }) => type === 'GPU')?.memoryBytes;
  } catch {
    return undefined;
  }
}
