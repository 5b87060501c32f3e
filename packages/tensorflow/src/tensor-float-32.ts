import type * as Koffi from 'koffi';

/** Whether NVIDIA GPUs may round the operands of float32 products to TF32's 10 bits from now on. */
type SetTensorFloat32 = (allowed: boolean) => void;

/** Runs something, and lets GPUs use TF32 until it is done. */
export type WithTensorFloat32 = <T>(run: () => Promise<T>) => Promise<T>;

/**
 * TF32 for those runs that ask for it. The switch is the process's: it is on while one of them is under way, and off for
 * whatever is run, or compiled by its first run, when none is.
 */
export function withTensorFloat32(allow: SetTensorFloat32): WithTensorFloat32 {
  let underWay = 0;
  allow(false);
  return async (run) => {
    if (underWay++ === 0) allow(true);
    try {
      return await run();
    } finally {
      if (--underWay === 0) allow(false);
    }
  };
}

/** TensorFlow's switch has no place in its C API; these are the names its C++ function has had. */
const SYMBOLS = ['_ZN3tsl32enable_tensor_float_32_executionEb', '_ZN10tensorflow32enable_tensor_float_32_executionEb'];

/**
 * TensorFlow's switch for TF32, which it has on by default: float32 products are then off by 1e-3 on NVIDIA GPUs since
 * 2020. Programs keep what was set when they were compiled. Undefined where this TensorFlow has no such switch.
 *
 * @param framework the path of libtensorflow_framework
 */
export function tensorFloat32Switch(koffi: typeof Koffi, framework: string): SetTensorFloat32 | undefined {
  const library = koffi.load(framework, { lazy: true });
  for (const symbol of SYMBOLS) {
    try {
      return library.func(symbol, 'void', ['bool']) as unknown as SetTensorFloat32;
    } catch {
      // Another TensorFlow's name, or none.
    }
  }
  return undefined;
}
