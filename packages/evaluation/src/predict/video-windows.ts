import {
  ClipSamplingError,
  type ClipSettings,
  clipFrameStep,
  evaluationTransform,
  type OpenVideoOptions,
  openVideo,
  type Video,
  VideoError,
} from '@vjepa/video';

/** How a video is cut into clips that follow each other. */
export interface VideoWindowSettings
  extends Pick<ClipSettings, 'frameStep' | 'duration' | 'clipRate'>,
    Pick<OpenVideoOptions, 'decoder' | 'timeoutMs' | 'patienceMs'> {
  /** T, frames of a clip. */
  frames: number;
  /** Frames of a time step. */
  tubeletSize: number;
  /** S, side of the square frames in pixels. */
  size: number;
  /** Time steps from one clip to the next. */
  shift: number;
}

/** A clip of a video. */
interface VideoWindow {
  /** Its first time step in the video. */
  step: number;
  /** Pixels 0..255, [T, S, S, 3]. */
  clip: Uint8Array;
}

/** A video as clips of equal length that follow each other, `frameStep` frames of the video from one of theirs to the next. */
export interface VideoWindows {
  /** Time steps of the video; what is left over at its end is none. */
  readonly steps: number;
  /** The frame of the video that a time step begins with. */
  frameOf(step: number): number;
  /** When that is shown, in seconds after the video's first frame; undefined where the file does not tell. */
  secondOf(step: number): number | undefined;
  /** The clips in their order, the last at the end of the video, wherever the others come to lie. */
  windows(): AsyncGenerator<VideoWindow>;
  close(): Promise<void>;
}

/**
 * Opens a video as clips that follow each other. Each frame is decoded once.
 *
 * @throws VideoError when it cannot be read, or is shorter than a clip
 */
export async function openWindows(path: string, settings: VideoWindowSettings): Promise<VideoWindows> {
  const { frames: T, tubeletSize, size, shift, decoder, timeoutMs, patienceMs } = settings;
  const video = await openVideo(path, { decoder, timeoutMs, patienceMs });
  const perClip = Math.floor(T / tubeletSize);
  const frameStep = frameStepOf(video, settings);
  const steps = Math.floor(Math.ceil(video.info.frames / frameStep) / tubeletSize);
  if (steps < perClip) {
    const span = (T - 1) * frameStep + 1;
    const problem = `the video has ${video.info.frames} frames, and a clip of ${T} frames, ${frameStep} apart, spans ${span}`;
    throw new VideoError('too-short', path, `${problem}: take clips of fewer frames, or frames that are closer`);
  }
  const frameOf = (step: number) => step * tubeletSize * frameStep;
  const stepBytes = tubeletSize * size * size * 3;

  /** Decodes time steps from..to - 1 into the end of a clip. */
  async function read(clip: Uint8Array, from: number, to: number): Promise<void> {
    const indices = Array.from({ length: (to - from) * tubeletSize }, (_, i) => frameOf(from) + i * frameStep);
    evaluationTransform(await video.decode(indices), { size }, clip.subarray(clip.length - (to - from) * stepBytes));
  }

  async function* windows(): AsyncGenerator<VideoWindow> {
    let last: VideoWindow | undefined;
    while (last === undefined || last.step + perClip < steps) {
      const step: number = last === undefined ? 0 : Math.min(last.step + shift, steps - perClip);
      const clip = new Uint8Array(perClip * stepBytes);
      const shared = last === undefined ? 0 : Math.max(0, last.step + perClip - step);
      if (last !== undefined) clip.set(last.clip.subarray((perClip - shared) * stepBytes));
      await read(clip, step + shared, step + perClip);
      last = { step, clip };
      yield last;
    }
  }

  return { steps, frameOf, secondOf: (step) => video.secondsAt(frameOf(step)), windows, close: () => video.close() };
}

/** @throws VideoError when the video is slower than its clips are to be */
function frameStepOf(
  video: Video,
  { frames: framesPerClip, frameStep, duration, clipRate }: VideoWindowSettings,
): number {
  const { path, averageRate } = video.info;
  try {
    return clipFrameStep({ framesPerClip, frameStep, duration, clipRate }, averageRate);
  } catch (error) {
    if (error instanceof ClipSamplingError && error.code === 'too-slow')
      throw new VideoError('too-slow', path, error.message);
    throw error;
  }
}
