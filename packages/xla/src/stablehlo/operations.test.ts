import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { HostTensor, TensorRecord } from '@vjepa/engine';
import { OPERATIONS, type OperationCase } from '@vjepa/test-kit/operations';
import { registerGradients } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
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
    results = await runAll(OPERATIONS);
  });

  it.each(OPERATIONS)('give what plain JavaScript does: $name', ({ name, inputs, run }) => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([input, values]) => [input, toTensor(values)]));
    const expected = [run(tensors)].flat();
    const found = results.get(name)!;
    expect(found).toHaveLength(expected.length);
    for (const [i, output] of expected.entries()) {
      expect(found[i]).toBeAllClose({ shape: output.shape, data: output.dataSync() }, { rtol: 2e-5, atol: 2e-6 });
    }
  });
});

function toTensor({ shape, data }: HostTensor): tf.Tensor {
  return tf.tensor(data as Float32Array, shape, data instanceof Int32Array ? 'int32' : 'float32');
}

/** All in one program, since compiling takes longer than any of them. */
async function runAll(cases: readonly OperationCase[]): Promise<Map<string, Values[]>> {
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
  const client = await cpuPlugin().createClient();
  const executable = await client.compile(program.text);
  const given = program.arguments.map(({ name, dtype, shape }) =>
    client.toDevice(inputs[name]!.data, { type: elementTypeName(dtype), shape }),
  );
  const outputs = await executable.execute(await Promise.all(given));
  const results = new Map<string, Values[]>(cases.map(({ name }) => [name, []]));
  for (const [i, output] of outputs.entries()) {
    const { buffer } = await output.toHost();
    const data = output.type === 'i32' ? new Int32Array(buffer) : new Float32Array(buffer);
    const { name } = cases[Number.parseInt(program.results[i]!.name, 10)]!;
    results.get(name)!.push({ shape: output.shape, data: [...data] });
  }
  await client.dispose();
  return results;
}

function outputsOf({ inputs, run }: OperationCase, number: number, tensors: TensorRecord): TensorRecord {
  const own = Object.fromEntries(Object.keys(inputs).map((name) => [name, tensors[`${number}.${name}`]!]));
  const outputs = [run(own)].flat().map((output) => (output.dtype === 'bool' ? tf.cast(output, 'int32') : output));
  return Object.fromEntries(outputs.map((output, i) => [`${number}.${i}`, output]));
}
