import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
});

function filled(shape: number[], value: number) {
  return { shape, data: new Float32Array(tf.util.sizeFromShape(shape)).fill(value) };
}

describeWithTensorFlow('a step that is watched', () => {
  it('says what its operations took, moved and multiplied, and which line called for them', async () => {
    const step = runtime.compile(
      ({ w }, { x, rows }) => ({
        state: { w: tf.add(w!, 1) },
        outputs: { y: tf.exp(tf.matMul(tf.gather(x!, tf.reshape(rows!, [-1])), w!)) },
      }),
      { state: { w: filled([16, 4], 0) } },
    );
    const inputs = (length: number) => ({
      x: filled([8, 16], 1),
      rows: { shape: [1, length], data: new Int32Array(length) },
    });
    const { outputs, operations, lanes } = await step.profile(inputs(5));
    expect(outputs.y).toEqual(filled([5, 4], 1));
    expect(lanes).toBeGreaterThanOrEqual(1);

    const product = operations.find(({ op }) => /MatMul/.test(op))!;
    expect(product).toMatchObject({
      dtype: 1,
      floatOperations: 2 * 5 * 16 * 4,
      bytes: 4 * (5 * 16 + 16 * 4 + 5 * 4),
      line: expect.stringContaining('step-profile.test.ts'),
    });
    const exponential = operations.find(({ op }) => op === 'Exp')!;
    expect(exponential).toMatchObject({ floatOperations: 0, bytes: 4 * 2 * 5 * 4 });
    expect(exponential.begun).toBeGreaterThanOrEqual(product.begun);
    for (const { begun, seconds } of operations) {
      expect(begun).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
    expect(operations.some(({ seconds }) => seconds > 0)).toBe(true);

    // The same graph with another length; the state went on.
    const next = await step.profile(inputs(7));
    expect(next.operations.find(({ op }) => /MatMul/.test(op))!.floatOperations).toBe(2 * 7 * 16 * 4);
    expect(next.outputs.y!.data[0]).toBeCloseTo(Math.exp(16), -2);
    expect(step.compilations).toBe(1);
    expect((await step(inputs(7))).y!.data[0]).toBeCloseTo(Math.exp(32), -10);
    step.dispose();
  });
});
