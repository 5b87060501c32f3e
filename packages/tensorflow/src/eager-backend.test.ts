import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from './index.js';
import { describeWithTensorFlow } from './with-tensorflow.fixture.js';

describeWithTensorFlow('the eager backend', () => {
  let runtime: TensorFlowRuntime;
  beforeAll(async () => {
    runtime = await loadTensorFlow();
    await tf.setBackend(runtime.backendName);
  });

  it('is loaded once, whoever asks', async () => {
    expect(await loadTensorFlow()).toBe(runtime);
    expect(tf.getBackend()).toBe('tensorflow');
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(runtime.devices.map(({ type }) => type)).toContain('CPU');
  });

  it('multiplies matrices', () => {
    const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
    expect([...product.dataSync()]).toEqual([19, 22, 43, 50]);
    expect(product.shape).toEqual([2, 2]);
  });

  it('differentiates', () => {
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.square(x), 3)))(tf.tensor1d([1, -2, 0.5]));
    expect([...gradient.dataSync()]).toEqual([6, -12, 3]);
  });

  it('has a gradient wherever tfjs-core has one, each made of functions that exist', () => {
    // d/dx sum(conv2d(x, w)) for all-ones x and w: how many windows each pixel is in.
    const x = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
    const w = tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
    const [dx, dw] = tf.grads((a, b) => tf.sum(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'valid')))([x, w]);
    expect([...dx!.dataSync()]).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1]);
    expect([...dw!.dataSync()]).toEqual([4, 4, 4, 4]);
    const names = ['MatMul', 'BatchMatMul', 'Softmax', 'GatherV2', 'Transpose', 'Max', 'Conv3D', 'ResizeBilinear'];
    for (const name of names.slice(1)) expect(tf.getGradient(name), name).toBeDefined();
    const row = tf.tensor1d([3, 1, 2]);
    expect([
      ...tf
        .grad((t: tf.Tensor) => tf.max(t))(row)
        .dataSync(),
    ]).toEqual([1, 0, 0]);
    expect([
      ...tf
        .grad((t: tf.Tensor) => tf.sum(tf.gather(t, [0, 0, 2])))(row)
        .dataSync(),
    ]).toEqual([2, 0, 1]);
    const image = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const resize = (t: tf.Tensor) => tf.sum(tf.image.resizeBilinear(t as tf.Tensor4D, [4, 4]));
    expect(tf.sum(tf.grad(resize)(image)).dataSync()[0]).toBeCloseTo(16, 4);
  });

  it('makes int32 of the int64 that TensorFlow returns', () => {
    const coordinates = tf.tidy(() =>
      (tf.backend() as typeof runtime.backend).executeSingleOutput(
        'Where',
        [],
        [tf.tensor1d([false, true, true], 'bool')],
      ),
    );
    expect(coordinates.dtype).toBe('int32');
    expect([...tf.add(coordinates, tf.scalar(1, 'int32')).dataSync()]).toEqual([2, 3]);
  });

  it('gathers without asking what the indices are, and refuses those out of range', () => {
    const rows = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...tf.gather(rows, tf.tensor1d([1, 1], 'int32')).dataSync()]).toEqual([3, 4, 3, 4]);
    expect(() => tf.gather(rows, tf.tensor1d([2], 'int32')).dataSync()).toThrow(/indices\[0\] = 2 is not in \[0, 2\)/);
  });

  it('draws the same samples for the same seed', () => {
    const draw = (seed: number) => [...tf.multinomial(tf.tensor1d([0.1, 0.2, 0.7]), 50, seed, true).dataSync()];
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(0.25)).not.toEqual(draw(0.75));
  });

  it('holds tensors and memory constant over many training steps', () => {
    const target = tf.keep(tf.randomNormal([64, 256], 0, 1, 'float32', 1));
    const input = tf.keep(tf.randomNormal([64, 512], 0, 1, 'float32', 2));
    const weights = tf.variable(tf.zeros([512, 256]));
    const losses: number[] = [];
    const train = (steps: number) => {
      for (let step = 0; step < steps; step++) {
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(() =>
            tf.mean(tf.squaredDifference(tf.matMul(input, weights), target)),
          );
          weights.assign(tf.sub(weights, tf.mul(grads[weights.name]!, 5)));
          losses.push(value.dataSync()[0]!);
        });
      }
    };
    // TensorFlow's and V8's own pools fill first.
    train(100);
    const tensors = tf.memory().numTensors;
    const handles = runtime.backend.binding.getNumOfTensors();
    const rss = process.memoryUsage.rss();
    // A step makes about 2 MB of tensors: 600 MB, if they were kept. V8's pools grow by 150 MB on Node 24.
    train(300);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(runtime.backend.binding.getNumOfTensors()).toBe(handles);
    expect((process.memoryUsage.rss() - rss) / 2 ** 20).toBeLessThan(250);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    tf.dispose([target, input, weights]);
  });
});
