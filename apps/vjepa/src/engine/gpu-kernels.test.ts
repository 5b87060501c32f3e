import { readFileSync } from 'node:fs';
import { findTensorFlow, type LoweredOperation, loadTensorFlow } from '@vjepa/tensorflow';
import { describe, expect, it } from 'vitest';
import { SMALL_STEPS } from './small-steps.fixture.js';

/** What TensorFlow's CUDA build has kernels for: recorded from it by packages/tensorflow/scripts/record-gpu-kernels.mjs. */
const recorded = new URL('../../../../packages/tensorflow/fake-cuda/gpu-kernels.json', import.meta.url);
const { kernels } = JSON.parse(readFileSync(recorded, 'utf8')) as {
  kernels: Record<string, Record<string, number[]>[]>;
};

const runsOnGpu = ({ op, types }: LoweredOperation): boolean =>
  (kernels[op] ?? []).some((kernel) =>
    Object.entries(kernel).every(([name, allowed]) => types[name] === undefined || allowed.includes(types[name])),
  );
const hasKernel = (op: string, dtype: number) => runsOnGpu({ op, types: { T: dtype } });

describe.skipIf((await findTensorFlow()) === undefined)('on a GPU without XLA', () => {
  for (const [name, make] of Object.entries(SMALL_STEPS)) {
    it.each(['float32', 'bfloat16'] as const)(`every operation of ${name} has a kernel, %s`, async (precision) => {
      const runtime = await loadTensorFlow();
      const { fn, ...step } = make();
      const operations = runtime.lower(fn, { ...step, precision, hasKernel });
      expect(operations.length).toBeGreaterThan(50);
      const without = operations.filter((operation) => !runsOnGpu(operation));
      expect(without).toEqual([]);
    });
  }

  it('an operation without one is seen', () => {
    expect(runsOnGpu({ op: 'ResourceApplyProximalGradientDescent', types: { T: 1 } })).toBe(false);
    expect(runsOnGpu({ op: 'MatMul', types: { T: 3 } })).toBe(false);
    expect(runsOnGpu({ op: 'MatMul', types: { T: 1 } })).toBe(true);
  });
});
