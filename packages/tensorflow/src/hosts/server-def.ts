import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';

/** What TensorFlow's server is told of itself and the others. */
export interface ServerSettings {
  /** `name:port` of every host's server, in the hosts' order. */
  servers: readonly string[];
  /** Which of them this is. */
  index: number;
  port: number;
  /** A serialized ConfigProto, for all of its sessions. */
  config: Uint8Array;
}

/** What TensorFlow calls the hosts together. */
const JOB = 'hosts';

/** What TensorFlow calls one of the hosts. */
export function taskName(index: number): string {
  return `/job:${JOB}/replica:0/task:${index}`;
}

/**
 * A serialized ServerDef: cluster 1 (job 1 (name 1, tasks 2 (key 1, value 2))), job_name 2, task_index 3,
 * default_session_config 4, protocol 5, port 6.
 */
export function serverDef({ servers, index, port, config }: ServerSettings): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, MESSAGE).fork().tag(1, MESSAGE).fork().tag(1, MESSAGE).string(JOB);
  for (const [i, server] of servers.entries()) {
    writer.tag(2, MESSAGE).fork().tag(1, VARINT).int32(i).tag(2, MESSAGE).string(server).join();
  }
  writer.join().join();
  writer.tag(2, MESSAGE).string(JOB).tag(3, VARINT).int32(index);
  writer.tag(4, MESSAGE).bytes(config).tag(5, MESSAGE).string('grpc').tag(6, VARINT).int32(port);
  return writer.finish();
}
