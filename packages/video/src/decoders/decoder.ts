import type { PacketIndex } from '../packet-index.js';
import type { DecodedPicture } from '../yuv-to-rgb.js';

/** `nvdec` is `native` with NVIDIA's decoder chip for what that can do. */
export type DecoderName = 'wasm' | 'native' | 'cli' | 'nvdec';

export interface DecodeOutcome {
  /** A seek lost frames: from now on the file's index should say `linear`. */
  seekFailed: boolean;
  /** Frames that came out of the codec, wanted or not; undefined where nobody asked the decoder to count them. */
  decoded: number | undefined;
}

/**
 * One way to get pictures out of files. Implementations run inside a worker thread, one request at a time, and differ
 * only in speed: the same indices give the same pictures.
 */
export interface Decoder {
  readonly name: DecoderName;
  /** Names the demuxer and its version: an index kept between runs serves the one that made it. */
  readonly demuxer: string;
  /**
   * Demuxes the file once, without decoding.
   * @throws VideoError naming the file and FFmpeg's reason
   */
  index(path: string, timeoutMs: number): Promise<PacketIndex>;
  /**
   * Decodes the frames at `indices` (presentation order; sorted, unique, inside the video) and calls `onPicture` for
   * each, in that order; again from the first one when a seek turned out to lose frames (open GOP, intra refresh) and
   * the file had to be read from its start. The picture is only valid during the call.
   * @throws VideoError naming the file and FFmpeg's reason
   */
  decode(
    path: string,
    index: PacketIndex,
    indices: ArrayLike<number>,
    timeoutMs: number,
    onPicture: (picture: DecodedPicture, position: number) => void,
  ): Promise<DecodeOutcome>;
  close(): Promise<void>;
}
