import type { ClipLoaderOptions } from '@vjepa/video';

/** How videos are read: how fast and with what, which no number depends on but that of a decoder's own. */
export interface Loading {
  /** Threads that decode. */
  workers: number;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  /** What one sample may take before it counts as bad. */
  timeLimitMs: number;
}
