import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';
import { describe, expect, it } from 'vitest';
import { traceOf } from './execution-trace.js';
import { eventsOfSpace } from './xspace.js';

/** One plane of one line with two events of 2 µs, at 5 and 9 µs after its begin at so many nanoseconds of the epoch. */
function space(begun: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, MESSAGE).fork();
  writer.tag(2, MESSAGE).string('/device:GPU:0');
  writer.tag(3, MESSAGE).fork();
  writer.tag(2, MESSAGE).string('Stream #13');
  writer.tag(3, VARINT).int64(begun);
  for (const [id, offset] of [
    [7, 5e6],
    [8, 9e6],
  ] as const) {
    writer.tag(4, MESSAGE).fork();
    writer.tag(1, VARINT).int64(id).tag(2, VARINT).int64(offset).tag(3, VARINT).int64(2e6);
    writer.join();
  }
  writer.join();
  for (const [id, name] of [
    [7, 'loop_add_fusion'],
    [8, '__cudnn$fmhaSoftmax'],
  ] as const) {
    writer.tag(4, MESSAGE).fork();
    writer.tag(1, VARINT).int64(id).tag(2, MESSAGE).fork();
    writer.tag(1, VARINT).int64(id).tag(2, MESSAGE).string(name);
    writer.join().join();
  }
  writer.join();
  writer.tag(1, MESSAGE).fork().tag(2, MESSAGE).string('Task Environment').join(); // has no lines
  return writer.finish();
}

describe("what XLA's profiler saw", () => {
  const BEGUN = 4096e9; // ns, exact as a double

  it('is a process of the trace for each plane, a thread for each line', () => {
    const thread = { pid: 3, tid: 0 };
    const events = [
      { ph: 'M', name: 'process_name', ...thread, args: { name: '/device:GPU:0' } },
      { ph: 'M', name: 'thread_name', ...thread, args: { name: 'Stream #13' } },
      { ph: 'X', name: 'loop_add_fusion', ...thread, ts: 105, dur: 2 },
      { ph: 'X', name: '__cudnn$fmhaSoftmax', ...thread, ts: 109, dur: 2 },
    ];
    const from = BEGUN / 1e3 - 100;
    expect(eventsOfSpace(space(BEGUN), from, 3)).toEqual(events);
    // As CUDA's plug-ins give it.
    expect(eventsOfSpace(Uint8Array.of(...space(BEGUN), 0), from, 3)).toEqual(events);
    expect(() => eventsOfSpace(Uint8Array.of(...space(BEGUN), 0xff), from, 3)).toThrow();
  });

  it('is in the time of what was waited for', () => {
    const begun = performance.now();
    const nanoseconds = Math.round(1e6 * (performance.timeOrigin + begun));
    const { traceEvents } = traceOf('step', [{ name: 'run', begun, ended: begun + 1 }], space(nanoseconds));
    const [run, add] = ['run', 'loop_add_fusion'].map((name) => traceEvents.find((event) => event.name === name)!);
    expect(run).toMatchObject({ pid: 0, ts: 0 });
    expect(add).toMatchObject({ pid: 1 });
    expect(Math.abs(add!.ts! - 5)).toBeLessThan(2); // µs: such numbers of nanoseconds are rounded to 256
  });
});
