import { mersenneTwister } from '@vjepa/random';
import { type OpenVideoOptions, openVideo } from './open-video.js';
import { type ClipSettings, sampleClipIndices } from './sampling/clip-sampling.js';
import { evaluationTransform } from './transform/evaluation-transform.js';

/** The clip from the middle of a video, as an evaluation of a model sees it. */
export interface CentreClip {
  path: string;
  /** [T, S, S, 3], 0..255. */
  pixels: Uint8Array;
  /** Indices of its T frames in the video. */
  frames: Int32Array;
}

/** Which clip {@link centreClip} takes. */
export interface CentreClipOptions
  extends Pick<ClipSettings, 'framesPerClip' | 'frameStep' | 'duration' | 'clipRate'>,
    Pick<OpenVideoOptions, 'decoder' | 'timeoutMs' | 'patienceMs'> {
  /** S, the side of the clip's square frames in pixels. */
  size: number;
}

/**
 * Reads the clip in the middle of a video, the centre square of its frames: the same pixels each time.
 *
 * @throws VideoError when the video cannot be read; ClipSamplingError for settings out of range
 */
export async function centreClip(path: string, options: CentreClipOptions): Promise<CentreClip> {
  const { framesPerClip, frameStep, duration, clipRate, size, decoder, timeoutMs, patienceMs } = options;
  const video = await openVideo(path, { decoder, timeoutMs, patienceMs });
  try {
    const settings = { framesPerClip, frameStep, duration, clipRate, placement: 'center' } as const;
    // A clip in the centre draws nothing.
    const [frames] = sampleClipIndices(settings, video.info, mersenneTwister(0));
    const pixels = new Uint8Array(framesPerClip * size * size * 3);
    evaluationTransform(await video.decode(frames!), { size }, pixels);
    return { path, pixels, frames: frames! };
  } finally {
    await video.close();
  }
}
