import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { programOf } from './traced-program.fixture.js';

const floats = (...shape: number[]) => ({ shape, data: new Float32Array(tf.util.sizeFromShape(shape)) });

/** Without places in files, which differ from machine to machine. */
const withoutLines = (text: string) => text.replace(/ loc\(#loc\d+\)/g, '').replace(/^#loc.*\n/gm, '');

describe('a program in StableHLO', () => {
  it('has the state and its new values for arguments and results', () => {
    const program = programOf(
      ({ 'layer.weight': weight }, { x, rate }) => {
        const y = tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true);
        const gradient = tf.matMul(y as tf.Tensor2D, x as tf.Tensor2D, true);
        return { state: { 'layer.weight': tf.sub(weight!, tf.mul(gradient, rate!)) }, outputs: { mean: tf.mean(y) } };
      },
      { state: { 'layer.weight': floats(3, 4) }, inputs: { x: floats(2, 4), rate: floats() } },
    );
    expect(withoutLines(program.text)).toMatchInlineSnapshot(`
      "module @step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
        func.func public @main(
          %state.layer.weight: tensor<3x4xf32> {tf.aliasing_output = 0 : i32} loc("layer.weight"),
          %input.x: tensor<2x4xf32> loc("x"),
          %input.rate: tensor<f32> loc("rate")
        ) -> (tensor<3x4xf32>, tensor<f32>) {
          %0 = stablehlo.dot_general %input.x, %state.layer.weight, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
          %1 = stablehlo.dot_general %0, %input.x, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<3x4xf32>
          %2 = stablehlo.broadcast_in_dim %input.rate, dims = [] : (tensor<f32>) -> tensor<3x4xf32>
          %3 = stablehlo.multiply %1, %2 : tensor<3x4xf32>
          %4 = stablehlo.subtract %state.layer.weight, %3 : tensor<3x4xf32>
          %6 = stablehlo.constant dense<0.0> : tensor<f32>
          %7 = stablehlo.reduce(%0 init: %6) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<f32>
          %8 = stablehlo.constant dense<6.0> : tensor<f32>
          %9 = stablehlo.divide %7, %8 : tensor<f32>
          return %4, %9 : tensor<3x4xf32>, tensor<f32>
        }
      }
      "
    `);
    expect(program.arguments.map(({ kind, name, donated }) => [kind, name, donated])).toEqual([
      ['state', 'layer.weight', true],
      ['input', 'x', false],
      ['input', 'rate', false],
    ]);
    expect(program.results.map(({ kind, name, shape }) => [kind, name, shape])).toEqual([
      ['state', 'layer.weight', [3, 4]],
      ['output', 'mean', []],
    ]);
  });

  it('multiplies what is rounded to bfloat16, and goes on in float32', () => {
    const { text } = programOf(
      (_, { x }) => ({
        state: {},
        outputs: { y: tf.softmax(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true)) },
      }),
      { inputs: { x: floats(2, 4) } },
      'bfloat16',
    );
    expect(withoutLines(text)).toMatchInlineSnapshot(`
      "module @step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
        func.func public @main(
          %input.x: tensor<2x4xf32> loc("x")
        ) -> (tensor<2x2xf32>) {
          %0 = stablehlo.convert %input.x : (tensor<2x4xf32>) -> tensor<2x4xbf16>
          %1 = stablehlo.dot_general %0, %0, contracting_dims = [1] x [1] : (tensor<2x4xbf16>, tensor<2x4xbf16>) -> tensor<2x2xbf16>
          %2 = stablehlo.convert %1 : (tensor<2x2xbf16>) -> tensor<2x2xf32>
          %3 = stablehlo.constant dense<0xFF800000> : tensor<f32>
          %4 = stablehlo.reduce(%2 init: %3) applies stablehlo.maximum across dimensions = [1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32>
          %5 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<2xf32>) -> tensor<2x2xf32>
          %6 = stablehlo.subtract %2, %5 : tensor<2x2xf32>
          %7 = stablehlo.exponential %6 : tensor<2x2xf32>
          %8 = stablehlo.constant dense<0.0> : tensor<f32>
          %9 = stablehlo.reduce(%7 init: %8) applies stablehlo.add across dimensions = [1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32>
          %10 = stablehlo.broadcast_in_dim %9, dims = [0] : (tensor<2xf32>) -> tensor<2x2xf32>
          %11 = stablehlo.divide %7, %10 : tensor<2x2xf32>
          return %11 : tensor<2x2xf32>
        }
      }
      "
    `);
  });

  it('has only what is needed: an input that nobody reads is no argument', () => {
    const program = programOf((_, { x }) => ({ state: {}, outputs: { x: tf.mul(x!, 1) } }), {
      inputs: { x: floats(2), y: floats(3) },
    });
    expect(program.arguments.map(({ name }) => name)).toEqual(['x']);
    expect(program.text).not.toContain('stablehlo.multiply');
  });
});
