import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { StepFunction, TensorRecord } from '@vjepa/engine';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTensorFlow, type TensorFlowRuntime } from '../../index.js';
import { fusedKernel, values } from './fused-kernels.fixture.js';

// XLA and cuDNN's frontend are real here, cuDNN and the GPU are not: see fake-cuda/README.md.

let runtime: TensorFlowRuntime;
const folder = temporaryFolder('cudnn');
const log = join(folder, 'log');
beforeAll(async () => {
  process.env.FAKE_CUDA_LOG = log;
  runtime = await loadTensorFlow({ device: 'gpu' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const executed = () => (existsSync(log) ? readFileSync(log, 'utf8').split('cudnn executed').length - 1 : 0);

describe('attention through cuDNN', () => {
  it.each([
    ['heads of width 64', 96, 64, false],
    ['heads of width 80', 50, 80, false],
    ['padding', 96, 64, true],
  ])('is one call forward and one backward: %s', async (_name, N, width, padded) => {
    const H = 4;
    const fn: StepFunction = (_state, { qkv, dy }) => {
      const given: TensorRecord = padded ? { qkv: qkv!, present: tf.ones([N]) } : { qkv: qkv! };
      const [y] = fusedKernel('VjepaAttention', given, { numHeads: H });
      const [dqkv] = fusedKernel('VjepaAttentionGrad', { ...given, y: y!, dy: dy! }, { numHeads: H });
      return { state: {}, outputs: { y: y!, dqkv: dqkv! } };
    };
    const step = runtime.compile(fn, { state: {}, precision: 'bfloat16', fusedAttention: true });
    const before = executed();
    const { y, dqkv } = await step({ qkv: values([2, N, 3 * H * width], 1), dy: values([2, N, H * width], 2) });
    step.dispose();
    expect(y!.shape).toEqual([2, N, H * width]);
    expect(dqkv!.shape).toEqual([2, N, 3 * H * width]);
    expect(executed() - before).toBe(2);
  });
});
