import { DataType } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
import type { EagerBinding } from './eager-binding.js';
import { loadTensorFlow, TensorFlowError } from './index.js';
import { describeWithTensorFlow } from './with-tensorflow.fixture.js';

describeWithTensorFlow('the eager binding', () => {
  let binding: EagerBinding;
  let tensorsBefore = 0;
  beforeAll(async () => {
    binding = (await loadTensorFlow()).backend.binding;
    tensorsBefore = binding.getNumOfTensors();
  });

  const roundTrip = (shape: number[], dtype: number, values: Parameters<EagerBinding['createTensor']>[2]) => {
    const id = binding.createTensor(shape, dtype, values);
    const read = binding.tensorDataSync(id);
    binding.deleteTensor(id);
    return read;
  };

  it('takes and returns every element type of tfjs, and int64', () => {
    expect(roundTrip([2, 2], DataType.FLOAT, Float32Array.of(1, -2.5, 3e38, Number.NaN))).toEqual(
      Float32Array.of(1, -2.5, 3e38, Number.NaN),
    );
    expect(roundTrip([3], DataType.INT32, Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1))).toEqual(
      Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
    );
    expect(roundTrip([2], DataType.BOOL, Uint8Array.of(0, 1))).toEqual(Uint8Array.of(0, 1));
    expect(roundTrip([], DataType.COMPLEX64, Float32Array.of(1, 2))).toEqual(Float32Array.of(1, 2));
    expect(roundTrip([2], DataType.INT64, BigInt64Array.of(-(2n ** 63n), 5n))).toEqual(
      BigInt64Array.of(-(2n ** 63n), 5n),
    );
    // tfjs-node's own way: low and high words.
    expect(roundTrip([1], DataType.INT64, Int32Array.of(-2, -1))).toEqual(BigInt64Array.of(-2n));
    expect(roundTrip([0, 3], DataType.FLOAT, new Float32Array())).toEqual(new Float32Array());
  });

  it('takes and returns strings, short, long, empty and binary', () => {
    const strings = ['', 'tubelet', 'x'.repeat(10_000), 'Bildausschnitt ä'].map((text) =>
      new TextEncoder().encode(text),
    );
    strings.push(Uint8Array.of(0, 255, 0));
    expect(roundTrip([5], DataType.STRING, strings)).toEqual(strings);
    expect(roundTrip([], DataType.STRING, [strings[1]!])).toEqual([strings[1]]);
  });

  it('keeps a string tensor whole when another that shares its memory is deleted', () => {
    const id = binding.createTensor(
      [2],
      DataType.STRING,
      ['a'.repeat(100), 'b'].map((text) => Buffer.from(text)),
    );
    const shape = binding.createTensor([2], DataType.INT32, Int32Array.of(2, 1));
    const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: DataType.STRING };
    const [reshaped] = binding.executeOp('Reshape', [type], [id, shape], 1);
    binding.deleteTensor(id);
    expect((binding.tensorDataSync(reshaped!.id) as Uint8Array[]).map(String)).toEqual(
      ['a'.repeat(100), 'b'].map((text) => String(new Uint8Array(Buffer.from(text)))),
    );
    for (const left of [shape, reshaped!.id]) binding.deleteTensor(left);
  });

  it('moves more than 2^24 elements at once', () => {
    const values = new Float32Array(17_000_000);
    values[0] = 1;
    values[values.length - 1] = 2;
    const read = roundTrip([values.length], DataType.FLOAT, values) as Float32Array;
    expect([read.length, read[0], read[1], read.at(-1)]).toEqual([values.length, 1, 0, 2]);
  });

  it('refuses values that do not fill the shape', () => {
    expect(() => binding.createTensor([2, 3], DataType.FLOAT, new Float32Array(5))).toThrow(
      'a FLOAT tensor of shape [2,3] has 6 elements, but 5 values were given',
    );
    expect(() => binding.createTensor([2], DataType.STRING, [])).toThrow('has 2 elements, but 0 values');
  });

  it("passes TensorFlow's errors on, led by the operation, and goes on working", () => {
    const id = binding.createTensor([2], DataType.FLOAT, new Float32Array(2));
    const other = binding.createTensor([3], DataType.FLOAT, new Float32Array(3));
    const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: DataType.FLOAT };
    expect(() => binding.executeOp('AddV2', [type], [id, other], 1)).toThrow(/^AddV2: .*[Ii]ncompatible shapes/);
    expect(() => binding.executeOp('NoSuchOperation', [], [], 1)).toThrow(TensorFlowError);
    const [sum] = binding.executeOp('AddV2', [type], [id, id], 1);
    expect(sum).toMatchObject({ shape: [2], dtype: DataType.FLOAT });
    for (const left of [id, other, sum!.id]) binding.deleteTensor(left);
    expect(() => binding.tensorDataSync(id)).toThrow(`tensor ${id} is unknown to TensorFlow`);
  });

  it('keeps no tensor of its own', () => {
    expect(binding.getNumOfTensors()).toBe(tensorsBefore);
  });

  it('takes no memory that it does not give back', () => {
    const values = new Float32Array(2 ** 18);
    const words = Array.from({ length: 1000 }, () => Buffer.from('a string too long to be stored in place'.repeat(5)));
    const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: DataType.FLOAT };
    const work = (times: number) => {
      for (let i = 0; i < times; i++) {
        const id = binding.createTensor([512, 512], DataType.FLOAT, values);
        const outputs = binding.executeOp('AddV2', [type], [id, id], 1);
        const strings = binding.createTensor([words.length], DataType.STRING, words);
        for (const left of [id, strings, outputs[0]!.id]) binding.deleteTensor(left);
        expect(() => binding.executeOp('AddV2', [type], [], 1)).toThrow();
      }
    };
    work(30);
    const before = process.memoryUsage.rss();
    // 300 rounds handle 2 MB of numbers and 0.2 MB of strings each: 660 MB if nothing were given back.
    work(300);
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(64);
  });
});
