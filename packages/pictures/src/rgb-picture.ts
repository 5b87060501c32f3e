/** A picture in memory, [height, width, 3] row-major, 8 bits a channel. */
export interface RgbPicture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A colour, 0..255 each. */
export type Rgb = readonly [number, number, number];

/** A picture of one colour. */
export function createPicture(width: number, height: number, [r, g, b]: Rgb): RgbPicture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
  return { width, height, data };
}

/** Paints a rectangle over what is there, `opacity` 0..1; parts outside the picture are left out. */
export function fillRectangle(
  picture: RgbPicture,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  color: Rgb,
  opacity = 1,
): void {
  for (let row = Math.max(0, y); row < Math.min(picture.height, y + height); row++) {
    for (let column = Math.max(0, x); column < Math.min(picture.width, x + width); column++) {
      const at = (row * picture.width + column) * 3;
      for (let c = 0; c < 3; c++) {
        picture.data[at + c] = Math.round(picture.data[at + c]! * (1 - opacity) + color[c]! * opacity);
      }
    }
  }
}

/** Copies a picture into another with its top left corner at (x, y); it must fit. */
export function drawPicture(onto: RgbPicture, picture: RgbPicture, x: number, y: number): void {
  for (let row = 0; row < picture.height; row++) {
    const line = picture.data.subarray(row * picture.width * 3, (row + 1) * picture.width * 3);
    onto.data.set(line, ((y + row) * onto.width + x) * 3);
  }
}
