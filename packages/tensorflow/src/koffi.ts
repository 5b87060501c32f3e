import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { TensorFlowError } from './tensorflow-error.js';

/**
 * koffi, with stacks large enough for TensorFlow. To be called before anybody loads a library through it.
 *
 * @throws TensorFlowError `not-loadable` where koffi has no build for this platform.
 */
export function loadKoffi(): typeof Koffi {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    raiseStackSizes(koffi);
    return koffi;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new TensorFlowError(
      'not-loadable',
      `koffi, which calls TensorFlow's C API, has no build for ${platform}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** A session's first run optimises its graph on the calling thread; koffi's 128 KiB for async calls is too little. */
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
 * Opens a library for as long as the process lives. koffi closes its own when the process ends, while TensorFlow's
 * threads still run in them: a crash after all work is done. One reference that is never closed prevents that. What is
 * open under a name is also what others get who ask for that name, wherever they would have looked.
 *
 * @returns undefined, or why the system's loader refused it
 */
export function openForGood(koffi: typeof Koffi, path: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const c = koffi.load(null);
  if (c.func('dlopen', 'void *', ['str', 'int'])(path, RTLD_LAZY | RTLD_NODELETE)) return undefined;
  return (c.func('dlerror', 'str', [])() as string | null) ?? `${path} could not be opened`;
}
