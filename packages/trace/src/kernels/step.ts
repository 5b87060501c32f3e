import {
  cast,
  fill,
  greater,
  isNaN as isNotANumber,
  type KernelConfig,
  onesLike,
  Step,
  type StepAttrs,
  type Tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** `tf.step`: 1 above 0, `alpha` elsewhere, NaN for NaN. tfjs-node's asks whether integers are NaN, and fails. */
export const step: KernelConfig = {
  kernelName: Step,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { x } = inputs as { x: Tensor };
    const { alpha } = attrs as unknown as StepAttrs;
    return tidy(() => {
      const low = cast(fill(x.shape, alpha), x.dtype);
      const stepped = where(greater(x, zerosLike(x)), onesLike(x), low);
      return x.dtype === 'float32' ? where(isNotANumber(x), x, stepped) : stepped;
    });
  },
};
