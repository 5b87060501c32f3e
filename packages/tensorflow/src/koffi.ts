import { loadKoffi as load } from '@vjepa/native';
import type * as Koffi from 'koffi';
import { TensorFlowError } from './tensorflow-error.js';

/**
 * koffi, which calls TensorFlow's C API. To be called before anybody loads a library through it.
 *
 * @throws TensorFlowError `not-loadable` where koffi has no build for this platform.
 */
export function loadKoffi(): typeof Koffi {
  try {
    return load();
  } catch (cause) {
    throw new TensorFlowError('not-loadable', (cause as Error).message, { cause });
  }
}
