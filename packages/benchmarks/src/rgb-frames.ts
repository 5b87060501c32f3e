/** Decoded frames as @vjepa/video delivers them: bytes [frames, height, width, 3], red first. */
export interface RgbFrames {
  data: Uint8Array;
  frames: number;
  height: number;
  width: number;
}
