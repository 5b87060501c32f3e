import type { ActionFrames, ClipSettings } from '../sampling/index.js';
import type { ClipFormat } from '../transform/index.js';
import type { ClipTransformSettings } from './clip-transform.js';

/** One sample to make, with everything that decides its content, and where to put it. */
export interface ClipRequest {
  kind: 'clip';
  path: string;
  seed: number;
  epoch: number;
  draw: number;
  clip: ClipSettings;
  /** What is to be foretold; for clips before an action. */
  action?: ActionFrames | undefined;
  transform: ClipTransformSettings;
  output: ClipFormat;
  rotate: boolean;
  /** Whether pictures are clips that stand still. */
  stills?: boolean | undefined;
  timeoutMs: number;
  /** Where packet indexes are kept; undefined: nowhere. */
  indexCache: string | undefined;
  /** The batch's memory, and this sample's place in it (bytes). */
  memory: SharedArrayBuffer;
  byteOffset: number;
  byteLength: number;
}

export interface ClipReply {
  /** Frame indices of the sample's clips, one after another: [K·F]. */
  frameIndices: Int32Array;
  milliseconds: StageMilliseconds;
  frames: FrameCounts;
  /** Where the video is shorter than one clip: frames it has, and frames a clip spans. */
  shortage?: { frames: number; needed: number } | undefined;
}

/** What one thread spent on clips, by stage. */
export interface StageMilliseconds {
  /** Finding the packet index: in memory, in the cache, or by demuxing the file. */
  index: number;
  /** Opening the file, seeking and decoding; for pictures, reading them. */
  decode: number;
  /** Colour conversion, crop, resize and whatever else the transform does. */
  transform: number;
}

/** Frames that were read, decoded and used. */
export interface FrameCounts {
  /** Frames that came out of the codec; undefined where they were not counted. */
  decoded: number | undefined;
  /** Distinct frames that the clips show. */
  used: number;
}
