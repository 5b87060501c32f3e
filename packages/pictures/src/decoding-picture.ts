import { type MaskPair, maskToGrid, type TokenGrid, tokenRole } from '@vjepa/masks';
import { clipFrames } from './clip-frames.js';
import { contactSheet } from './contact-sheet.js';
import { fillRectangle, type Rgb, type RgbPicture } from './rgb-picture.js';

/** What was made visible of features: as `decodeVideos` of @vjepa/evaluation gives it. Clips are [T, S, S, 3], 0..255. */
export interface PicturedDecoding {
  clip: Uint8Array;
  /** The clip with what was decoded in the place of what was hidden. */
  samples: readonly Uint8Array[];
  /** The same from the features of who has seen all. */
  fromTargets: Uint8Array;
  /** What was hidden, of one clip. */
  mask: MaskPair;
  grid: TokenGrid;
  /** Frames of a token. */
  tubeletSize: number;
}

const HIDDEN: Rgb = [128, 128, 128];
const GAP = 4;

/**
 * A row for the clip, the first frame of each time step; below it what is seen of it, the rest grey; the samples; and at last
 * what is decoded from the targets.
 *
 * @param patchPixels side of a patch in pixels
 */
export function decodingPicture(shown: PicturedDecoding, patchPixels: number): RgbPicture {
  return contactSheet(rowsOf(shown, patchPixels, shown.tubeletSize), GAP);
}

/** The same frame by frame, for a film: clip, what is seen of it, samples, and what is decoded from the targets, side by side. */
export function decodingFilm(shown: PicturedDecoding, patchPixels: number): RgbPicture[] {
  const rows = rowsOf(shown, patchPixels, 1);
  return rows[0]!.map((_, frame) => contactSheet([rows.map((row) => row[frame]!)], GAP));
}

/** @param every a frame of so many is taken */
function rowsOf(shown: PicturedDecoding, patchPixels: number, every: number): RgbPicture[][] {
  const { clip, samples, fromTargets, grid, tubeletSize } = shown;
  const frames = grid.depth * tubeletSize;
  const side = Math.round(Math.sqrt(clip.length / (3 * frames)));
  const row = (clips: Uint8Array) =>
    clipFrames({ clips, shape: [1, frames, side, side, 3] }, 0, every, grid.width * patchPixels);
  const seen = row(clip).map((picture, i) => withoutHidden(picture, shown, Math.floor((i * every) / tubeletSize)));
  return [row(clip), seen, ...samples.map(row), row(fromTargets)];
}

/** A frame of a time step in which the targets are grey. */
function withoutHidden(picture: RgbPicture, { mask, grid }: PicturedDecoding, step: number): RgbPicture {
  const roles = maskToGrid(mask, 0, grid);
  const [height, width] = [picture.height / grid.height, picture.width / grid.width];
  const veiled = { ...picture, data: Uint8Array.from(picture.data) };
  for (let row = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++) {
      if (roles[(step * grid.height + row) * grid.width + column] === tokenRole.context) continue;
      fillRectangle(veiled, { x: column * width, y: row * height, width, height }, HIDDEN);
    }
  }
  return veiled;
}
