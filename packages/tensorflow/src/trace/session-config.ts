import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';
import { type DeviceSettings, type ThreadSettings, writeCommonConfig } from '../config-proto.js';

/**
 * A serialized ConfigProto for sessions that run compiled steps, on threads of their own.
 *
 * Several CPU devices in one session share the processor; they are for trying out what several GPUs would do.
 *
 * TensorFlow's own graph rewriting is off: it took a minute for the 10,000 operations of a pretraining step, and what it
 * finds to do is done better, and in milliseconds, on the trace.
 */
export function sessionConfig(settings: ThreadSettings & DeviceSettings): Uint8Array {
  const writer = writeCommonConfig(new BinaryWriter(), settings);
  // use_per_session_threads 9,
  // graph_options 10 (optimizer_options 3 (opt_level 3: L0 = -1), rewrite_options 10 (disable_meta_optimizer 19))
  writer.tag(9, VARINT).bool(true);
  writer.tag(10, MESSAGE).fork();
  writer.tag(3, MESSAGE).fork().tag(3, VARINT).int32(-1).join();
  writer.tag(10, MESSAGE).fork().tag(19, VARINT).bool(true).join();
  writer.join();
  return writer.finish();
}
