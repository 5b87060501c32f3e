import type { ClipLoaderOptions } from '@vjepa/video';
import type { Overrides } from '@vjepa/vit';
import { withDefaults } from '../with-defaults.js';

/** How videos are read: how fast and with what, which no number depends on but that of a decoder's own. */
export interface Loading {
  /** Threads that decode. */
  workers: number;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  /** What one sample may take before it counts as bad. */
  timeLimitMs: number;
}

/** Settings with defaults in the place of those left out: one thread, the fastest decoder, a minute. */
export function loadingOf(settings: Overrides<Loading> = {}): Loading {
  return withDefaults<Loading>({ workers: 1, decoder: 'auto', timeLimitMs: 60_000 }, settings);
}
