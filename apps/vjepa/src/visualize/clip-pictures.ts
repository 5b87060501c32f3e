import { openVideo, type RgbFrames } from '@vjepa/video';
import { CommandError } from '../command-error.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import type { RgbPicture } from '../picture/rgb-picture.js';

/**
 * The first frame of each tubelet of a clip from the middle of a video, its centre square, `patchPixels` to a patch.
 */
export async function clipPictures(
  path: string,
  config: PretrainingConfig,
  patchPixels: number,
): Promise<RgbPicture[]> {
  const { data } = config;
  const video = await openVideo(path, { decoder: data.decoder });
  try {
    const { frames } = video.info;
    const length = data.num_frames * data.sampling_rate;
    if (frames < 1) throw new CommandError(`${path}: the video has no frames`);
    const start = Math.max(0, Math.floor((frames - length) / 2));
    const steps = data.num_frames / data.tubelet_size;
    const indices = Array.from({ length: steps }, (_, t) =>
      Math.min(frames - 1, start + t * data.tubelet_size * data.sampling_rate),
    );
    const decoded = await video.decode(indices);
    const side = (data.crop_size / data.patch_size) * patchPixels;
    return indices.map((_, t) => centreSquare(decoded, t, side));
  } finally {
    await video.close();
  }
}

/** Frame `t`'s centre square, sampled to side x side by the nearest pixel. */
function centreSquare({ data, height, width }: RgbFrames, t: number, side: number): RgbPicture {
  const square = Math.min(height, width);
  const [top, left] = [(height - square) >> 1, (width - square) >> 1];
  const picture = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const row = top + Math.floor(((y + 0.5) * square) / side);
    for (let x = 0; x < side; x++) {
      const column = left + Math.floor(((x + 0.5) * square) / side);
      const from = ((t * height + row) * width + column) * 3;
      picture.set(data.subarray(from, from + 3), (y * side + x) * 3);
    }
  }
  return { width: side, height: side, data: picture };
}
