import { clipFrames, type RgbPicture } from '@vjepa/pictures';
import type { PretrainingPlan } from '@vjepa/training';
import { type CentreClip, type CentreClipOptions, centreClip } from '@vjepa/video';
import type { EncoderConfig } from '@vjepa/vit';

/** How the clip in the middle of a video is read as the clips of a pretraining are: length, frame step, size. */
export function centreClipOptions({ encoder, settings: { clips } }: PretrainingPlan): CentreClipOptions {
  return {
    framesPerClip: encoder.numFrames,
    frameStep: clips.frameStep,
    duration: clips.duration,
    size: encoder.imageSize,
    decoder: clips.decoder,
    timeoutMs: clips.timeLimitMs,
  };
}

/** A clip as an encoder sees it: the first frame of each tubelet, as squares of `side` pixels. */
export function clipPictures(
  { pixels }: Pick<CentreClip, 'pixels'>,
  { numFrames, imageSize, tubeletSize }: Pick<EncoderConfig, 'numFrames' | 'imageSize' | 'tubeletSize'>,
  side: number,
): RgbPicture[] {
  return clipFrames({ clips: pixels, shape: [1, numFrames, imageSize, imageSize, 3] }, 0, tubeletSize, side);
}

/** Clips of videos spread evenly over a list, passing over those that cannot be decoded; at most `wanted`. */
export async function spreadClips(
  plan: PretrainingPlan,
  videos: readonly { path: string }[],
  wanted: number,
): Promise<CentreClip[]> {
  const paths = [...new Set(videos.map(({ path }) => path))];
  const clips: CentreClip[] = [];
  const tries = Math.min(paths.length, 2 * wanted);
  for (let i = 0; i < tries && clips.length < wanted; i++) {
    // The odd tries lie between the even ones, so that few good videos are still spread.
    const place = (i % wanted) + (i < wanted ? 0 : 0.5);
    const index = paths.length <= 2 * wanted ? i : Math.floor((place / wanted) * paths.length);
    try {
      clips.push(await centreClip(paths[index]!, centreClipOptions(plan)));
    } catch {
      // A bad video has no place in the pictures; the table of bad videos names it.
    }
  }
  return clips;
}
