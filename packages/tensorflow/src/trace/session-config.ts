import protobuf from 'protobufjs/minimal.js';
import type { ThreadSettings } from '../config-proto.js';

/**
 * A serialized ConfigProto for sessions that run compiled steps, on threads of their own.
 *
 * Several CPU devices in one session share the processor; they are for trying out what several GPUs would do.
 *
 * TensorFlow's own graph rewriting is off: it took a minute for the 10,000 operations of a pretraining step, and what it
 * finds to do is done better, and in milliseconds, on the trace.
 */
export function sessionConfig({
  intraOpThreads = 0,
  interOpThreads = 0,
  cpuDevices = 1,
}: ThreadSettings & { cpuDevices?: number }): Uint8Array {
  const writer = protobuf.Writer.create();
  // ConfigProto: device_count 1 (key 1, value 2), intra_op_parallelism_threads 2, inter_op_parallelism_threads 5, use_per_session_threads 9,
  // gpu_options 6 (allow_growth 4),
  // graph_options 10 (optimizer_options 3 (opt_level 3: L0 = -1), rewrite_options 10 (disable_meta_optimizer 19))
  if (cpuDevices > 1) {
    const [key, value] = [tag(1, MESSAGE), tag(2, VARINT)];
    writer.uint32(tag(1, MESSAGE)).fork().uint32(key).string('CPU').uint32(value).int32(cpuDevices).ldelim();
  }
  if (intraOpThreads > 0) writer.uint32(tag(2, VARINT)).int32(intraOpThreads);
  if (interOpThreads > 0) writer.uint32(tag(5, VARINT)).int32(interOpThreads);
  writer.uint32(tag(9, VARINT)).bool(true);
  writer.uint32(tag(6, MESSAGE)).fork().uint32(tag(4, VARINT)).bool(true).ldelim();
  writer.uint32(tag(10, MESSAGE)).fork();
  writer.uint32(tag(3, MESSAGE)).fork().uint32(tag(3, VARINT)).int32(-1).ldelim();
  writer.uint32(tag(10, MESSAGE)).fork().uint32(tag(19, VARINT)).bool(true).ldelim();
  writer.ldelim();
  return writer.finish();
}

const VARINT = 0;
const MESSAGE = 2;

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}
