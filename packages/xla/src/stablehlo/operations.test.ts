import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { findFusedKernel, type HostTensor, type TensorRecord } from '@vjepa/engine';
import { OPERATIONS, type OperationCase } from '@vjepa/test-kit/operations';
import { registerGradients } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
import type { Client } from '../pjrt/client.js';
import { QUICK_FLAGS } from '../pjrt/quick-flags.fixture.js';
import { cpuPlugin, describeWithCpuPlugin } from '../with-cpu-plugin.fixture.js';
import { elementTypeName } from './element-type.js';
import { programOf } from './traced-program.fixture.js';

/** Row after row, as its shape says. */
type Values = { shape: readonly number[]; data: readonly number[] };

describeWithCpuPlugin('operations of TensorFlow.js, translated and run by XLA', () => {
  let results: Map<string, Values[]>;
  beforeAll(async () => {
    registerGradients();
    await tf.setBackend('cpu');
    results = await runAll([...OPERATIONS, ...BY_HAND]);
  }, 300_000);

  it.each(OPERATIONS)('give what plain JavaScript does: $name', ({ name, inputs, run }) => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([input, values]) => [input, toTensor(values)]));
    const expected = [run(tensors)].flat();
    const found = results.get(name)!;
    expect(found).toHaveLength(expected.length);
    for (const [i, output] of expected.entries()) {
      expect(found[i]).toBeAllClose({ shape: output.shape, data: output.dataSync() }, { rtol: 2e-5, atol: 2e-6 });
    }
  });

  it.each(BY_HAND)('give what was computed by hand: $name', ({ name, expected }) => {
    expect(results.get(name)![0]!.data).toEqual(expected);
  });
});

/** What plain JavaScript has not, or otherwise than TensorFlow. */
const BY_HAND: readonly (OperationCase & { expected: readonly number[] })[] = [
  {
    name: 'gradient of tokens that were gathered, some twice',
    inputs: {
      x: { shape: [2, 3, 1], data: new Float32Array(6) },
      indices: { shape: [2, 2], data: Int32Array.of(2, 2, 0, 1) },
      dy: { shape: [2, 2, 1], data: Float32Array.of(1, 2, 3, 4) },
    },
    run: ({ x, indices, dy }) =>
      findFusedKernel('VjepaGatherTokensGrad')!({ dy: dy!, indices: indices!, x: x! }) as [tf.Tensor],
    expected: [0, 0, 3, 3, 4, 0],
  },
  {
    name: 'gradient of avgPool, whose windows at an edge have fewer elements',
    inputs: { x: { shape: [1, 3, 1, 1], data: Float32Array.of(4, 5, 6) } },
    run: ({ x }) => tf.grad((x) => tf.sum(tf.avgPool(x as tf.Tensor4D, [2, 1], 1, 'same')))(x!),
    expected: [0.5, 1, 1.5],
  },
  {
    name: 'gradient of avgPool3d, whose windows at an edge have fewer elements',
    inputs: { x: { shape: [1, 3, 1, 1, 1], data: Float32Array.of(4, 5, 6) } },
    run: ({ x }) => tf.grad((x) => tf.sum(tf.avgPool3d(x as tf.Tensor5D, [2, 1, 1], 2, 'same')))(x!),
    expected: [0.5, 0.5, 1],
  },
  {
    name: 'gradient of maxPool3d, whose windows have their greatest element in common',
    inputs: { x: { shape: [1, 4, 1, 1, 1], data: Float32Array.of(1, 7, 2, 2) } },
    run: ({ x }) => tf.grad((x) => tf.sum(tf.maxPool3d(x as tf.Tensor5D, [2, 1, 1], 1, 'valid')))(x!),
    expected: [0, 2, 1, 0],
  },
  {
    name: 'sums and equality of complex numbers',
    inputs: { x: { shape: [3], data: Float32Array.of(1, 2, 4) } },
    run: ({ x }) => {
      const z = tf.complex(x!, tf.neg(x!));
      const sum = tf.sum(z);
      return tf.stack([tf.real(sum), tf.imag(sum), tf.cast(tf.all(tf.equal(z, z)), 'float32')]);
    },
    expected: [7, -7, 1],
  },
  {
    name: 'einsum that sums over nothing',
    inputs: { x: { shape: [2], data: Float32Array.of(2, 3) }, y: { shape: [2], data: Float32Array.of(5, 7) } },
    run: ({ x, y }) => tf.einsum('i,j->ij', x!, y!),
    expected: [10, 14, 15, 21],
  },
  {
    name: 'gather whose batches are counted from the last',
    inputs: {
      x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      i: { shape: [2, 2], data: Int32Array.of(2, 0, 1, 1) },
    },
    run: ({ x, i }) => tf.gather(x!, i as tf.Tensor2D, 1, -1),
    expected: [3, 1, 5, 5],
  },
  {
    name: 'matMul of batches of other ranks',
    inputs: {
      x: { shape: [2, 1, 1, 2], data: Float32Array.of(1, 2, 3, 4) },
      y: { shape: [2, 2, 1], data: Float32Array.of(1, 10, 100, 1000) },
    },
    run: ({ x, y }) => tf.matMul(x!, y!),
    expected: [21, 2100, 43, 4300],
  },
];

function toTensor({ shape, data }: HostTensor): tf.Tensor {
  return tf.tensor(data as Float32Array, shape, data instanceof Int32Array ? 'int32' : 'float32');
}

/** So many in one program: compiling takes longer than any of them. */
const TOGETHER = 60;

async function runAll(cases: readonly OperationCase[]): Promise<Map<string, Values[]>> {
  const client = await cpuPlugin().createClient();
  const results = new Map<string, Values[]>();
  for (let first = 0; first < cases.length; first += TOGETHER) {
    await runTogether(cases.slice(first, first + TOGETHER), client, results);
  }
  await client.dispose();
  return results;
}

async function runTogether(cases: readonly OperationCase[], client: Client, results: Map<string, Values[]>) {
  const inputs = Object.fromEntries(
    cases.flatMap((one, i) => Object.entries(one.inputs).map(([name, input]) => [`${i}.${name}`, input])),
  );
  const program = programOf(
    (_state, tensors) => ({
      state: {},
      outputs: Object.assign({}, ...cases.map((one, i) => outputsOf(one, i, tensors))),
    }),
    { inputs },
  );
  const executable = await client.compile(program.text, { flags: QUICK_FLAGS });
  const given = program.arguments.map(({ name, dtype, shape }) =>
    client.toDevice(inputs[name]!.data, { type: elementTypeName(dtype), shape }),
  );
  const outputs = await executable.execute(await Promise.all(given));
  for (const { name } of cases) results.set(name, []);
  for (const [i, output] of outputs.entries()) {
    const { buffer } = await output.toHost();
    const data = output.type === 'i32' ? new Int32Array(buffer) : new Float32Array(buffer);
    const { name } = cases[Number.parseInt(program.results[i]!.name, 10)]!;
    results.get(name)!.push({ shape: output.shape, data: [...data] });
  }
}

function outputsOf({ inputs, run }: OperationCase, number: number, tensors: TensorRecord): TensorRecord {
  const own = Object.fromEntries(Object.keys(inputs).map((name) => [name, tensors[`${number}.${name}`]!]));
  const outputs = [run(own)].flat().map((output) => (output.dtype === 'bool' ? tf.cast(output, 'int32') : output));
  return Object.fromEntries(outputs.map((output, i) => [`${number}.${i}`, output]));
}
