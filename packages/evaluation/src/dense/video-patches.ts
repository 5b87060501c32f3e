import type { Engine, HostTensor } from '@vjepa/engine';
import { type BeginTask, InputError, noProgress, requireCounts, unfitSetting } from '@vjepa/training';
import type { ClipEncoder } from '@vjepa/vit';
import { type ClipSettings, clipSpacing } from '../evaluate/clip-recipe.js';
import { featureExtractor } from '../features/feature-extractor.js';
import { openWindows, type VideoWindowSettings } from '../predict/video-windows.js';
import { kindOf } from '../require-given.js';

/** What `videoPatches` takes. */
export interface VideoPatchesOptions
  extends Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'>,
    Pick<VideoWindowSettings, 'decoder' | 'timeoutMs' | 'patienceMs'> {
  engine: Engine;
  encoder: ClipEncoder;
  parameters: Record<string, HostTensor>;
  path: string;
  /** The block whose features they are, counted from 1. Default: the last. */
  layer?: number | undefined;
  /** Frames of a clip, in whole tubelets. Default: the encoder's. */
  frames?: number | undefined;
  /** Time steps from one clip to the next; where clips overlap, features are averaged. Default: half a clip. */
  shift?: number | undefined;
  /** Opens a bar for the clips. Default: none. */
  begin?: BeginTask | undefined;
}

/** Features of all patches of a video, and its frames as the encoder saw them. */
export interface VideoPatches {
  /** [steps, H, W, D] */
  features: Float32Array;
  /** `depth`: time steps of the whole video. */
  grid: { depth: number; height: number; width: number };
  /** The first frame of each time step, RGB 0..255: [S, S, 3]. */
  frames: Uint8Array[];
  /** When each time step begins, in seconds; undefined where the file does not tell. */
  seconds: (number | undefined)[];
}

/** Beyond which features are not kept in memory. */
const MOST_BYTES = 4 * 1024 ** 3;

/**
 * Patch features of a whole video, as clips of the encoder's length that follow each other and overlap: a time step that
 * several clips see has the mean of its features in each.
 *
 * @throws InputError naming the option that is of the wrong kind, or when features would take more than 4 GiB; VideoError for a
 *   video that cannot be read or is shorter than a clip
 */
export async function videoPatches(options: VideoPatchesOptions): Promise<VideoPatches> {
  const { engine, encoder, parameters, path, layer, decoder, timeoutMs, patienceMs, begin = noProgress } = options;
  if (typeof path !== 'string') throw unfitSetting('path', 'a video', kindOf(path));
  requireCounts({ shift: options.shift, frames: options.frames });
  const tubeletSize = encoder.numFrames === 1 ? 1 : encoder.tubeletSize;
  const { frames: clipFrames = encoder.numFrames } = options;
  if (clipFrames % tubeletSize !== 0) throw unfitSetting('frames', `a multiple of ${tubeletSize}`, clipFrames);
  const perClip = clipFrames / tubeletSize;
  const extractor = featureExtractor({
    ...{ engine, encoder, parameters, frames: clipFrames, batchSize: 1 },
    ...(layer !== undefined && { layers: [layer] }),
  });
  const { imageSize: size } = encoder;
  const windows = await openWindows(path, {
    ...clipSpacing(encoder, options),
    ...{ decoder, timeoutMs, patienceMs, frames: clipFrames, tubeletSize, size },
    shift: Math.min(perClip, options.shift ?? Math.ceil(perClip / 2)),
  }).catch((error: unknown) => {
    extractor.dispose();
    throw error;
  });
  const { height, width } = extractor.grid;
  const stepLength = height * width * extractor.width;
  const { steps } = windows;
  const frameBytes = size * size * 3;
  const progress = begin({ title: path, total: steps, unit: 'time steps' });
  try {
    requireRoom(path, steps * stepLength * Float32Array.BYTES_PER_ELEMENT);
    const sums = new Float32Array(steps * stepLength);
    const counts = new Float32Array(steps);
    const frames: Uint8Array[] = [];
    const clips = async function* () {
      for await (const { step, clip } of windows.windows()) yield { clips: clip, n: 1, step };
    };
    for await (const { step, clips: clip, features } of extractor.extractEach(clips())) {
      const seen = frames.length;
      for (let t = 0; t < perClip; t++) {
        counts[step + t]!++;
        const from = t * stepLength;
        const at = (step + t) * stepLength;
        for (let i = 0; i < stepLength; i++) sums[at + i]! += features![from + i]!;
        if (step + t >= frames.length) {
          const start = t * tubeletSize * frameBytes;
          frames.push(clip.slice(start, start + frameBytes));
        }
      }
      progress.advance(false, frames.length - seen);
    }
    for (let i = 0; i < sums.length; i++) sums[i]! /= counts[Math.floor(i / stepLength)]!;
    const seconds = Array.from({ length: steps }, (_, step) => windows.secondOf(step));
    return { features: sums, grid: { depth: steps, height, width }, frames, seconds };
  } finally {
    progress.close();
    await windows.close();
    extractor.dispose();
  }
}

function requireRoom(path: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new InputError({
    subject: path,
    problem: `its features would take ${(bytes / 1024 ** 3).toFixed(1)} GiB, and at most 4 are kept`,
    remedy: 'take a shorter part of the video, or frames that are farther apart',
  });
}
