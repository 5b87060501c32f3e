import type { TokenGrid } from '@vjepa/masks';
import { contactSheet } from './contact-sheet.js';
import { type Curve, curvePicture } from './curve-picture.js';
import { resizedPicture } from './resized-picture.js';
import { createPicture, drawPicture, type Rgb, type RgbPicture } from './rgb-picture.js';

/** How far a model's predictions of a video are off, and some of its frames: as `measureSurprise` of @vjepa/evaluation gives it. */
export interface PicturedSurprise {
  /** Of every time step, and what the surprise is compared with; undefined where nothing is predicted. */
  steps: readonly { surprise: number | undefined; baseline: number | undefined }[];
  /** Of every place, [steps, grid.height, grid.width]; NaN where nothing is predicted. */
  map: Float32Array;
  grid: Pick<TokenGrid, 'height' | 'width'>;
  /** Square frames [S, S, 3], 0..255, and the time steps that they are of. */
  pictures: readonly { step: number; pixels: Uint8Array }[];
}

const HOT: Rgb = [240, 120, 30];
const COMPARISON: Rgb = [90, 90, 90];
const OPACITY = 0.85;
const GAP = 4;

/**
 * Frames of a video in a row; below each how surprising its places are, on grey, the more orange the more; and below that the
 * curve of all time steps in orange, with what it is compared with in grey. Places are coloured from the 1st to the 99th
 * percentile of the video's own numbers, the curve begins at 0.
 *
 * @param patchPixels side of a patch in pixels
 */
export function surprisePicture(shown: PicturedSurprise, patchPixels: number): RgbPicture {
  const frames = framesOf(shown, patchPixels);
  const heat = stretch(shown.map);
  const sheet = contactSheet(
    [frames, frames.map((frame, i) => heated(shown, frame, shown.pictures[i]!.step, heat))],
    GAP,
  );
  return above(sheet, curvePicture(curveSize(sheet), curvesOf(shown)));
}

/** The same one frame after the other, for a film: the frame, its surprise beside it, and the curve with its time marked. */
export function surpriseFilm(shown: PicturedSurprise, patchPixels: number): RgbPicture[] {
  const heat = stretch(shown.map);
  return framesOf(shown, patchPixels).map((frame, i) => {
    const { step } = shown.pictures[i]!;
    const pair = contactSheet([[frame, heated(shown, frame, step, heat)]], GAP);
    return above(pair, curvePicture(curveSize(pair), curvesOf(shown), step));
  });
}

function framesOf({ pictures, grid }: PicturedSurprise, patchPixels: number): RgbPicture[] {
  return pictures.map(({ pixels }) => {
    const side = Math.sqrt(pixels.length / 3);
    return resizedPicture({ width: side, height: side, data: pixels }, grid.width * patchPixels);
  });
}

function curvesOf({ steps }: PicturedSurprise): Curve[] {
  return [
    { values: steps.map(({ surprise }) => surprise), color: HOT, filled: true },
    { values: steps.map(({ baseline }) => baseline), color: COMPARISON },
  ];
}

function curveSize({ width }: RgbPicture) {
  return { width, height: Math.max(48, Math.min(128, Math.round(width / 6))) };
}

/** Maps a place's number to 0..1; NaN, where nothing is predicted, to 0. */
function stretch(map: Float32Array): (value: number) => number {
  const values = map.filter((value) => !Number.isNaN(value)).sort();
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  const [low, high] = [at(0.01), at(0.99)];
  return (value) => {
    if (Number.isNaN(value)) return 0;
    return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
  };
}

/** A frame in grey, its places in orange as they are surprising. */
function heated(
  { map, grid: { height: rows, width: columns } }: PicturedSurprise,
  frame: RgbPicture,
  step: number,
  heat: (value: number) => number,
): RgbPicture {
  const { width, height, data } = frame;
  const picture = createPicture(width, height, [0, 0, 0]);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height);
    for (let x = 0; x < width; x++) {
      const column = Math.floor((x * columns) / width);
      const opacity = OPACITY * heat(map[(step * rows + row) * columns + column]!);
      const at = (y * width + x) * 3;
      const gray = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
      for (let c = 0; c < 3; c++) picture.data[at + c] = Math.round(gray * (1 - opacity) + HOT[c]! * opacity);
    }
  }
  return picture;
}

/** One picture above another of its width. */
function above(top: RgbPicture, bottom: RgbPicture): RgbPicture {
  const whole = createPicture(top.width, top.height + GAP + bottom.height, [255, 255, 255]);
  drawPicture(whole, top, 0, 0);
  drawPicture(whole, bottom, 0, top.height + GAP);
  return whole;
}
