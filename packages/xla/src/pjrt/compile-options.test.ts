import { ProtobufMessage } from '@vjepa/native';
import { describe, expect, it } from 'vitest';
import { compileOptionsProto } from './compile-options.js';

const EXECUTABLE_BUILD_OPTIONS = 3;
const FLAGS = 7;

describe('compile options', () => {
  it('are one replica of one partition, on no device in particular', () => {
    const [build] = new ProtobufMessage(compileOptionsProto()).messages(EXECUTABLE_BUILD_OPTIONS);
    // device_ordinal, num_replicas, num_partitions, use_spmd_partitioning
    expect([1, 4, 5, 6].map((field) => build!.number(field))).toEqual([-1, 1, 1, 0]);
  });

  it('assign devices: the list of each partition has a device of every replica', () => {
    const options = compileOptionsProto({
      replicas: 2,
      partitions: 3,
      devices: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    });
    const [build] = new ProtobufMessage(options).messages(EXECUTABLE_BUILD_OPTIONS);
    const [assignment] = build!.messages(9);
    expect([assignment!.number(1), assignment!.number(2)]).toEqual([2, 3]);
    expect(assignment!.messages(3).map((partition) => partition.numbers(1))).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(build!.number(6)).toBe(1); // SPMD
  });

  it("carry XLA's settings with their types", () => {
    const message = new ProtobufMessage(
      compileOptionsProto({ flags: { xla_dump_to: '/dumps', xla_gpu_autotune_level: 0, xla_enable_fast_math: true } }),
    );
    const flags = message.messages(FLAGS).map((entry) => {
      const [value] = entry.messages(2);
      return [entry.text(1), value!.text(1), value!.number(2), value!.number(3)];
    });
    expect(flags).toEqual([
      ['xla_dump_to', '/dumps', 0, 0],
      ['xla_gpu_autotune_level', '', 0, 0],
      ['xla_enable_fast_math', '', 1, 0],
    ]);
  });
});
