import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { cutOffLibrary } from './cut-off-library.js';

/**
 * koffi, with stacks large enough for XLA and TensorFlow. To be called before anybody loads a library through it.
 *
 * @throws Error where koffi has no build for this platform.
 */
export function loadKoffi(): typeof Koffi {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    raiseStackSizes(koffi);
    return koffi;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(`koffi, which calls C, has no build for ${platform}: ${(cause as Error).message}`, { cause });
  }
}

/** Graphs and programs are optimised and compiled on the calling thread; koffi's 128 KiB for async calls is too little. */
function raiseStackSizes(koffi: typeof Koffi): void {
  const stack = 16 * 2 ** 20;
  if (koffi.config().async_stack_size === stack) return;
  try {
    koffi.config({ sync_stack_size: 8 * 2 ** 20, async_stack_size: stack, resident_async_pools: 2 });
  } catch {
    // Another user of koffi in this process has loaded a library already; the sizes are then settled.
  }
}

/** dlopen's flags. */
const RTLD_LAZY = 1;
const RTLD_NODELETE = process.platform === 'darwin' ? 0x80 : 0x1000;

/**
 * Opens a library for as long as the process lives. koffi closes its own when the process ends, while a library's
 * threads still run in it: a crash after all work is done. One reference that is never closed prevents that. What is
 * open under a name is also what others get who ask for that name, wherever they would have looked.
 *
 * @returns undefined, or why the system's loader refused it, or would end the process
 */
export function openForGood(koffi: typeof Koffi, path: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const cutOff = cutOffLibrary(path);
  if (cutOff !== undefined) return cutOff;
  const c = koffi.load(null);
  const dlopen = c.func('dlopen', 'void *', ['str', 'int']);
  // Found before it is needed: to look for a function forgets the error.
  const dlerror = c.func('dlerror', 'str', []);
  if (dlopen(path, RTLD_LAZY | RTLD_NODELETE)) return undefined;
  return (dlerror() as string | null) ?? `${path} could not be opened`;
}

let shared: typeof Koffi | undefined;

/** The address of memory of ours. It stays there as long as it is referenced. */
export function addressOf(memory: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): bigint {
  shared ??= loadKoffi();
  return shared.address(ArrayBuffer.isView(memory) ? memory : new Uint8Array(memory));
}
