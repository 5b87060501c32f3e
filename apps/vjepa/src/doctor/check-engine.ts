import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
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
    const devices = runtime.devices.map(({ type, memoryBytes }) =>
      type === 'GPU' ? `GPU (${gib(memoryBytes)})` : type,
    );
    const gpu = runtime.devices.some(({ type }) => type === 'GPU');
    return [
      ok('TensorFlow', `${runtime.version} (${runtime.source}), ${runtime.libraryPath}`),
      gpu
        ? ok('device', devices.join(', '))
        : note('device', `${devices.join(', ')}; no GPU`, 'with an NVIDIA GPU: vjepa runtime install --cuda'),
    ];
  } catch (error) {
    const remedy = 'vjepa runtime install fetches the library, VJEPA_TENSORFLOW_PATH names the folder of another';
    return [note('TensorFlow', `could not be loaded, WebAssembly is used: ${reasonOf(error)}`, remedy)];
  }
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
