import type { ClipSpacing, ScaledClips } from './scaled-clips.js';

/**
 * Videos that clips are cut from. Decoding was measured on one core of an AMD EPYC with the native decoder (docs/benchmarks.md, video
 * clips): 11.7 clips a second of the 340x256 video with two key frames, 1.84 of video B; both H.264, clips of 16 frames out of 64.
 */
const VIDEOS = {
  /** As Kinetics is often kept, its shorter side 256. */
  '340x256': { decodedPerSecond: 11.7 * (64 + 75), framesFromKey: 75, bitsPerSecond: 0.5e6 },
  '1080p': { decodedPerSecond: 1.84 * (64 + 61), framesFromKey: 61, bitsPerSecond: 5e6 },
} as const;

/** Videos by their size. */
export type VideoKind = keyof typeof VIDEOS;

/** Kinds of video that {@link planScale} knows. */
export const VIDEO_KINDS = Object.keys(VIDEOS) as readonly VideoKind[];

/** Frames a second of videos. */
const FRAME_RATE = 30;

/** What loaders must do for each clip. */
export interface ClipFeeding {
  /** Seconds of one core that decodes. */
  coreSeconds: number;
  /** Bytes of the video's file that are read: from the key frame before the clip to the clip's end. */
  readBytes: number;
}

/** What a clip of so many frames takes of a video of 30 frames a second. */
export function clipFeeding(
  frames: number,
  { frameStep, clipRate, duration }: ClipSpacing,
  video: VideoKind,
): ClipFeeding {
  const { decodedPerSecond, framesFromKey, bitsPerSecond } = VIDEOS[video];
  const seconds = duration ?? (clipRate === undefined ? (frames * frameStep) / FRAME_RATE : frames / clipRate);
  const decoded = FRAME_RATE * seconds + framesFromKey;
  return {
    coreSeconds: decoded / decodedPerSecond,
    readBytes: ((decoded / FRAME_RATE) * bitsPerSecond) / 8,
  };
}

/** What loaders and storage must give so that no step waits. */
export interface ScaledFeeding {
  video: VideoKind;
  /** Clips and images together. */
  clipsPerSecond: number;
  clipsPerSecondPerHost: number;
  /** Cores that decode. Images are not counted: what they take was not measured. */
  coresPerHost: number;
  /** From storage, all hosts together, without images. */
  readBytesPerSecond: number;
  readBytesPerSecondPerHost: number;
}

/** What a step's clips take every time it is done. */
export function scaledFeeding(
  clips: readonly Pick<ScaledClips, 'batchSize' | 'frames' | 'spacing'>[],
  { stepSeconds, hosts, video }: { stepSeconds: number; hosts: number; video: VideoKind },
): ScaledFeeding {
  let [count, coreSeconds, readBytes] = [0, 0, 0];
  for (const { batchSize, frames, spacing } of clips) {
    count += batchSize;
    if (frames === 1) continue;
    const one = clipFeeding(frames, spacing, video);
    coreSeconds += batchSize * one.coreSeconds;
    readBytes += batchSize * one.readBytes;
  }
  const perSecond = (amount: number) => amount / stepSeconds;
  return {
    video,
    clipsPerSecond: perSecond(count),
    clipsPerSecondPerHost: perSecond(count) / hosts,
    coresPerHost: perSecond(coreSeconds) / hosts,
    readBytesPerSecond: perSecond(readBytes),
    readBytesPerSecondPerHost: perSecond(readBytes) / hosts,
  };
}
