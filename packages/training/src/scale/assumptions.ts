/** What is assumed and not known of devices, links and storage. Shares are of what data sheets say, 0..1. */
export interface ScaleAssumptions {
  /** Products reach this share of the peak. Default 0.6. */
  products: number;
  /** cuDNN's attention of the encoders, of the peak. Default 0.4. */
  attention: number;
  /** That of the predictor, whose heads are narrow and whose padding is a bias. Default 0.2. */
  predictorAttention: number;
  /** Everything else, of the memory's bandwidth. Default 0.8. */
  memory: number;
  /** Exchanges, of the slowest link's bandwidth. Default 0.8. */
  links: number;
  /** Seconds that one of the log2(devices) stages of an exchange takes however little is sent. Default 1e-5. */
  stageSeconds: number;
  /** Memory that a program is given. Default 0.75, what XLA's plug-ins take where nothing else is said. */
  usableMemory: number;
  /** At which a checkpoint is written, bytes a second. Default 1e9. */
  writeBytesPerSecond: number;
}

/**
 * The rates that docs/benchmarks.md (CUDA) assumes of a step of ViT-L on an H200, 590, 400 and 200 of 989 TFLOP/s and 3.8 of 4.8 TB/s;
 * NCCL on NVLink and InfiniBand; a network file system, or one disk.
 */
export const SCALE_ASSUMPTIONS: ScaleAssumptions = {
  products: 0.6,
  attention: 0.4,
  predictorAttention: 0.2,
  memory: 0.8,
  links: 0.8,
  stageSeconds: 1e-5,
  usableMemory: 0.75,
  writeBytesPerSecond: 1e9,
};
