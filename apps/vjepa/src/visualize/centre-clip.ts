import { mersenneTwister } from '@vjepa/masks';
import { evaluationTransform, openVideo, sampleClipIndices } from '@vjepa/video';
import type { PretrainingConfig } from '../config/pretraining-config.js';

/** The clip from the middle of a video, as an evaluation of the model sees it. */
export interface CentreClip {
  path: string;
  /** [T, S, S, 3], 0..255. */
  pixels: Uint8Array;
  /** Indices of its frames in the video. */
  frames: Int32Array;
}

/** The keys of a config's `data` that a clip depends on. */
export type ClipKeys = Pick<
  PretrainingConfig['data'],
  'decoder' | 'decode_time_limit' | 'num_frames' | 'sampling_rate' | 'crop_size'
>;

/** Reads the clip in the middle of a video, `data.num_frames` frames, its centre square. @throws VideoError */
export async function centreClip(path: string, { data }: { data: ClipKeys }): Promise<CentreClip> {
  const video = await openVideo(path, { decoder: data.decoder, timeoutMs: data.decode_time_limit * 1000 });
  try {
    const settings = { framesPerClip: data.num_frames, frameStep: data.sampling_rate, placement: 'center' } as const;
    const [frames] = sampleClipIndices(settings, video.info, mersenneTwister(0));
    const size = data.crop_size;
    const pixels = new Uint8Array(data.num_frames * size * size * 3);
    evaluationTransform(await video.decode(frames!), { size }, pixels);
    return { path, pixels, frames: frames! };
  } finally {
    await video.close();
  }
}
