import { AddN, add, clone, type KernelConfig, stack, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * `tf.addN`, always in the order of its operands. TensorFlow's own AddN begins with whichever operand's memory it may
 * reuse, which on several threads is another one from run to run, and with it the last bit of a sum of three or more.
 */
export const addN: KernelConfig = {
  kernelName: AddN,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs }) => {
    const terms = inputs as unknown as Tensor[];
    return tidy(() => {
      if (terms.length === 1) return clone(terms[0]!);
      // There may be hundreds of scalars, a norm for each parameter of a model: two operations for all of them.
      if (terms[0]!.rank === 0 && terms[0]!.dtype !== 'complex64') return sum(stack(terms));
      return terms.reduce((total, term) => add(total, term));
    });
  },
};
