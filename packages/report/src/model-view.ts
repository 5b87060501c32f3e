import { contactSheet, encodePng, featurePictures, maskPicture, type RgbPicture } from '@vjepa/pictures';
import type { PretrainingPlan } from '@vjepa/training';
import { clipPictures } from './centre-clips.js';
import type { ExaminedClip } from './examine-clips.js';

/** A picture of a video for the report, as a `data:` address. */
export interface PictureView {
  path: string;
  width: number;
  src: string;
}

/** One of a clip that the model was examined on. */
export interface ClipView extends PictureView {
  loss: number;
}

/** Side, in pixels, that a time step of a clip has in the report, about. */
export const TILE_SIDE = 128;

/** The masks of a clip drawn over its frames: one row per mask under the frames themselves. */
export function maskView({ clip, masks, loss }: ExaminedClip, plan: PretrainingPlan): ClipView {
  const { grid } = plan;
  const patch = Math.max(4, Math.round(TILE_SIDE / grid.width));
  const picture = maskPicture(masks, grid, patch, [clipPictures(clip, plan.encoder, patch * grid.width)]);
  return view(clip.path, loss, picture);
}

/** A clip's frames above the colours of its features, and the share of variance these show. */
export function featureView(
  { clip, features, loss }: ExaminedClip,
  plan: PretrainingPlan,
): ClipView & { explained: number } {
  const { grid } = plan;
  const { pictures, explained } = featurePictures(features, grid, Math.max(4, Math.round(TILE_SIDE / grid.width)));
  const rows = [clipPictures(clip, plan.encoder, pictures[0]!.width), pictures];
  return { ...view(clip.path, loss, contactSheet(rows)), explained: explained.reduce((sum, share) => sum + share, 0) };
}

/** Four frames of a clip in a row. */
export function thumbnails({ clip, loss }: ExaminedClip, plan: PretrainingPlan): ClipView {
  const all = clipPictures(clip, plan.encoder, 96);
  const four = [0, 1, 2, 3].map((i) => all[Math.min(all.length - 1, Math.round((i * (all.length - 1)) / 3))]!);
  return view(clip.path, loss, contactSheet([four]));
}

function view(path: string, loss: number, picture: RgbPicture): ClipView {
  return { ...pictureView(path, picture), loss };
}

/** A picture as the page has it. */
export function pictureView(path: string, picture: RgbPicture): PictureView {
  const png = Buffer.from(encodePng(picture)).toString('base64');
  return { path, width: picture.width, src: `data:image/png;base64,${png}` };
}
