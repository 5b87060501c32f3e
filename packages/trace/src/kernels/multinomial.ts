import {
  type KernelConfig,
  log,
  Multinomial,
  type MultinomialAttrs,
  scalar,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '../tfjs-node-kernels.js';
import { typeAttribute } from './type-attribute.js';

/**
 * `tf.multinomial`: the same draws for the same seed. tfjs-node's kernel goes on drawing from a generator that
 * TensorFlow keeps, truncates seeds below 1 (tfjs's own default) to 0, and refuses normalised probabilities.
 */
export const multinomial: KernelConfig = {
  kernelName: Multinomial,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { logits } = inputs as { logits: Tensor };
    const { numSamples, seed, normalized } = attrs as unknown as MultinomialAttrs;
    const node = backend as NodeJSKernelBackend;
    return tidy(() => {
      const attributes = [
        typeAttribute(node, 'T', logits.dtype),
        typeAttribute(node, 'Tseed', 'int32'),
        typeAttribute(node, 'output_dtype', 'int32'),
      ];
      const words = tensor1d([Math.floor(seed), Math.floor((seed % 1) * 0x7fffffff)], 'int32');
      const samples = scalar(numSamples, 'int32');
      return node.executeSingleOutput('StatelessMultinomial', attributes, [
        normalized ? log(logits) : logits,
        samples,
        words,
      ]);
    });
  },
};
