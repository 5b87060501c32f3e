/**
 * The frames of a video: `data` is [frames, height, width, 3], red first, 0..255, tightly packed. What @vjepa/video
 * decodes is of this form, and its encoder takes it.
 */
export interface RgbFrames {
  data: Uint8Array;
  frames: number;
  height: number;
  width: number;
}
