import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorRecord } from '@vjepa/engine';
import { beforeAll, expect, it, vi } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { describeWithTensorFlow } from '../../with-tensorflow.fixture.js';
import { fusedKernel, values } from './fused-kernels.fixture.js';

// What is written for a processor with AMX runs on others, too.
const processor = vi.hoisted(() => ({ tiles: false }));
vi.mock('../../cpu-features.js', async (original) => ({
  ...(await original<typeof import('../../cpu-features.js')>()),
  multipliesBfloat16: () => true,
  multipliesTiles: () => processor.tiles,
}));

let runtime: TensorFlowRuntime;
beforeAll(async () => {
  runtime = await loadTensorFlow();
});

const [M, K, N] = [10, 24, 16];
const inputs = {
  x: values([M, K], 1),
  w: values([N, K], 2),
  b: values([N], 3),
  v: values([N, M], 4),
  c: values([M], 5),
};

/** GELU(x w^T + b) v + c */
function twoLayers({ x, w, b, v, c }: TensorRecord): tf.Tensor {
  const hidden = fusedKernel('VjepaGelu', { x: tf.add(tf.matMul(x!, w!, false, true), b!) })[0]!;
  return tf.add(tf.matMul(hidden, v!), c!);
}

async function run(tiles: boolean) {
  processor.tiles = tiles;
  const step = runtime.compile((_state, tensors) => ({ state: {}, outputs: { y: twoLayers(tensors) } }), {
    state: {},
    precision: 'bfloat16',
  });
  const { outputs, operations } = await step.profile(inputs);
  step.dispose();
  return { outputs, kinds: operations.map(({ op }) => op) };
}

describeWithTensorFlow('layers on a processor with AMX', () => {
  it('are those on one without, by products that use it', async () => {
    const [without, with_] = [await run(false), await run(true)];
    expect(without.kinds).toContain('_MklNativeFusedMatMul');
    expect(with_.kinds).toContain('_MklFusedBatchMatMulV2');
    expect(with_.kinds).not.toContain('_MklNativeFusedMatMul');
    expect(with_.outputs.y!).toBeAllClose(without.outputs.y!, { ofLargest: 1e-2 });
  });
});
