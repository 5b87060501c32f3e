import { createPicture, drawPicture, type RgbPicture } from './rgb-picture.js';

/** Pictures of one size in a row, or several such rows under each other, with a gap between them. */
export function contactSheet(rows: readonly (readonly RgbPicture[])[], gap = 4): RgbPicture {
  const { width, height } = rows[0]![0]!;
  const columns = Math.max(...rows.map((row) => row.length));
  const sheet = createPicture(columns * (width + gap) - gap, rows.length * (height + gap) - gap, [255, 255, 255]);
  for (const [y, row] of rows.entries()) {
    for (const [x, picture] of row.entries()) drawPicture(sheet, picture, x * (width + gap), y * (height + gap));
  }
  return sheet;
}
