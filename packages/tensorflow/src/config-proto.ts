import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';

/** How many threads TensorFlow uses. 0, the default, lets it take one per core. */
export interface ThreadSettings {
  /** Threads that share one operation, e.g. a matrix product. */
  intraOpThreads?: number | undefined;
  /** Operations that may run side by side. */
  interOpThreads?: number | undefined;
}

/** What is computed on. */
export interface DeviceSettings {
  /** How many CPU devices share the processor. Default: 1. */
  cpuDevices?: number | undefined;
  /** GPUs by their numbers; they are `/device:GPU:0` and so on in this order. Default: every GPU. */
  gpus?: readonly number[] | undefined;
}

/**
 * A serialized ConfigProto with the thread pools' sizes and, on GPUs, memory that grows with need instead of being
 * taken whole at the start.
 */
export function configProto(settings: ThreadSettings & DeviceSettings): Uint8Array {
  return writeCommonConfig(new BinaryWriter(), settings).finish();
}

/**
 * The fields of a ConfigProto that every context and session has: device_count 1 (key 1, value 2),
 * intra_op_parallelism_threads 2, inter_op_parallelism_threads 5, gpu_options 6 (allow_growth 4, visible_device_list 5).
 */
export function writeCommonConfig(
  writer: BinaryWriter,
  { intraOpThreads = 0, interOpThreads = 0, cpuDevices = 1, gpus }: ThreadSettings & DeviceSettings,
): BinaryWriter {
  const deviceCounts = { ...(cpuDevices > 1 && { CPU: cpuDevices }), ...(gpus?.length === 0 && { GPU: 0 }) };
  for (const [type, count] of Object.entries(deviceCounts)) {
    writer.tag(1, MESSAGE).fork().tag(1, MESSAGE).string(type).tag(2, VARINT).int32(count).join();
  }
  if (intraOpThreads > 0) writer.tag(2, VARINT).int32(intraOpThreads);
  if (interOpThreads > 0) writer.tag(5, VARINT).int32(interOpThreads);
  writer.tag(6, MESSAGE).fork().tag(4, VARINT).bool(true);
  if (gpus !== undefined && gpus.length > 0) writer.tag(5, MESSAGE).string(gpus.join());
  return writer.join();
}
