import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';
import { type DeviceSettings, type ThreadSettings, writeCommonConfig } from '../config-proto.js';
import { taskName } from '../hosts/server-def.js';

/**
 * A serialized ConfigProto for sessions that run compiled steps, on threads of their own.
 *
 * Several CPU devices in one session share the processor; they are for trying out what several GPUs would do.
 *
 * A session among hosts has the devices of its own alone (device_filters 4), keeps its state to itself
 * (isolate_session_state 15), and agrees with the others through the first (experimental 16, collective_group_leader 1).
 *
 * TensorFlow's own graph rewriting is off: it took a minute for the 10,000 operations of a pretraining step, and what it
 * finds to do is done better, and in milliseconds, on the trace.
 *
 * @param settings.hosts which of several hosts this is
 */
export function sessionConfig(settings: ThreadSettings & DeviceSettings & { hosts?: number | undefined }): Uint8Array {
  const writer = writeCommonConfig(new BinaryWriter(), settings);
  // use_per_session_threads 9: among hosts the threads are the server's;
  // graph_options 10 (optimizer_options 3 (opt_level 3: L0 = -1), rewrite_options 10 (disable_meta_optimizer 19))
  if (settings.hosts === undefined) writer.tag(9, VARINT).bool(true);
  writer.tag(10, MESSAGE).fork();
  writer.tag(3, MESSAGE).fork().tag(3, VARINT).int32(-1).join();
  writer.tag(10, MESSAGE).fork().tag(19, VARINT).bool(true).join();
  writer.join();
  if (settings.hosts !== undefined) {
    writer.tag(4, MESSAGE).string(taskName(settings.hosts)).tag(15, VARINT).bool(true);
    writer.tag(16, MESSAGE).fork().tag(1, MESSAGE).string(taskName(0)).join();
  }
  return writer.finish();
}
