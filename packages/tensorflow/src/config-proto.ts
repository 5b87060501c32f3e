import protobuf from 'protobufjs/minimal.js';

/** How many threads TensorFlow uses. 0, the default, lets it take one per core. */
export interface ThreadSettings {
  /** Threads that share one operation, e.g. a matrix product. */
  intraOpThreads?: number;
  /** Operations that may run side by side. */
  interOpThreads?: number;
}

/**
 * A serialized ConfigProto with the thread pools' sizes and, on GPUs, memory that grows with need instead of being
 * taken whole at the start.
 */
export function configProto({ intraOpThreads = 0, interOpThreads = 0 }: ThreadSettings): Uint8Array {
  const writer = protobuf.Writer.create();
  // intra_op_parallelism_threads 2, inter_op_parallelism_threads 5, gpu_options 6 (allow_growth 4)
  if (intraOpThreads > 0) writer.uint32(16).int32(intraOpThreads);
  if (interOpThreads > 0) writer.uint32(40).int32(interOpThreads);
  writer.uint32(50).fork().uint32(32).bool(true).ldelim();
  return writer.finish();
}
