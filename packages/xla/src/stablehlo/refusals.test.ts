import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import { TraceError } from '@vjepa/trace';
import { describe, expect, it } from 'vitest';
import { programOf } from './traced-program.fixture.js';

const vector = { shape: [3], data: new Float32Array(3) };
const matrix = { shape: [2, 3], data: new Float32Array(6) };
const indices = { shape: [2, 3], data: new Int32Array(6) };

describe('a use of an operation that has no meaning', () => {
  it.each<{ what: string; op: string; says: RegExp; run: (inputs: TensorRecord) => tf.Tensor }>([
    {
      what: 'a product with a vector',
      op: 'BatchMatMulV2',
      says: /\[2,3\] and \[3\] are not two matrices/,
      run: ({ matrix, vector }) => tf.matMul(matrix!, vector as unknown as tf.Tensor2D),
    },
    {
      what: 'an axis that has two sizes',
      op: 'Einsum',
      says: /Expected dimension 3 at axis 0 of input shaped \[2,3\]/,
      run: ({ matrix }) => tf.einsum('ij,jk->ik', matrix!, matrix!),
    },
    {
      what: 'places with more axes than the tensor',
      op: 'GatherNd',
      says: /indices of shape \[2,3\] do not name places in a tensor of shape \[2,3\]/,
      run: ({ matrix, indices }) => tf.gatherND(matrix!, indices!),
    },
    {
      what: 'numbers of two types, stacked',
      op: 'Pack',
      says: /elements of two types, FLOAT and INT32/,
      run: ({ matrix, indices }) => tf.stack([matrix!, indices!]),
    },
    {
      what: 'a transposed convolution of other sizes',
      op: 'Conv2DBackpropInput',
      says: /a filter of shape \[2,2,1,1\] makes \[1,2,2,1\] of \[1,3,3,1\], and not \[1,3,1,1\]/,
      run: ({ vector }) => {
        const x = tf.reshape(vector!, [1, 3, 1, 1]) as tf.Tensor4D;
        return tf.conv2dTranspose(x, tf.ones([2, 2, 1, 1]), [1, 3, 3, 1], 1, 'valid');
      },
    },
    {
      what: 'a slice of more axes than there are',
      op: 'StridedSlice',
      says: /names 2 axes of a tensor of rank 1/,
      run: ({ vector }) => tf.stridedSlice(vector!, [0, 0], [1, 1], [1, 1]),
    },
    {
      what: 'a slice with two ellipses',
      op: 'StridedSlice',
      says: /one ellipsis/,
      run: ({ matrix }) => tf.stridedSlice(matrix!, [0, 0], [1, 1], [1, 1], 0, 0, 3),
    },
  ])('is refused when the step is traced: $what', ({ op, says, run }) => {
    const program = () =>
      programOf((_state, inputs) => ({ state: {}, outputs: { y: run(inputs) } }), {
        inputs: { vector, matrix, indices },
      });
    expect(program).toThrow(TraceError);
    expect(program).toThrow(says);
    expect(program).toThrow(expect.objectContaining({ operation: op }));
  });
});
