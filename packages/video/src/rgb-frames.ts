/** Decoded pictures in presentation order: `data` is [frames, height, width, 3], red first, 0..255, tightly packed. */
export interface RgbFrames {
  data: Uint8Array;
  frames: number;
  height: number;
  width: number;
}
