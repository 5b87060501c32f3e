/** FFmpeg's names of the colour matrices; anything it does not know is treated as `bt601`, as swscale does. */
export type ColorMatrix = 'bt601' | 'bt709' | 'fcc' | 'smpte240m' | 'bt2020';
export type ColorRange = 'limited' | 'full';

/**
 * The YCbCr to RGB conversion as five tables of 256 sums in whole 8-bit steps:
 * R = clamp(luma[Y] + redV[V]), G = clamp(luma[Y] + greenU[U] + greenV[V]), B = clamp(luma[Y] + blueU[U]).
 */
export interface ColorTables {
  luma: Int16Array;
  redV: Int16Array;
  greenU: Int16Array;
  greenV: Int16Array;
  blueU: Int16Array;
}

/** Red-from-V, blue-from-U, green-from-U and green-from-V weights of each standard, scaled by 2^16, limited range. */
const WEIGHTS: Record<ColorMatrix, [number, number, number, number]> = {
  bt601: [104597, 132201, 25675, 53279],
  bt709: [117489, 138438, 13975, 34925],
  fcc: [104448, 132798, 24759, 53109],
  smpte240m: [117579, 136230, 16907, 35559],
  bt2020: [110013, 140363, 12277, 42626],
};

/** Maps the name FFmpeg prints for a stream's matrix to the one that is used. */
export function colorMatrix(name: string | undefined): ColorMatrix {
  switch (name) {
    case 'bt709':
      return 'bt709';
    case 'fcc':
      return 'fcc';
    case 'smpte240m':
      return 'smpte240m';
    case 'bt2020nc':
    case 'bt2020c':
    case 'bt2020':
      return 'bt2020';
    default:
      return 'bt601';
  }
}

/** The 16-bit weights, 13 fraction bits, that make the tables. */
export interface ColorWeights {
  luma: number;
  /** The luma sample that is black. */
  lumaOffset: number;
  redV: number;
  greenU: number;
  greenV: number;
  blueU: number;
}

export function colorWeights(matrix: ColorMatrix, range: ColorRange): ColorWeights {
  const [redV, blueU, greenU, greenV] = WEIGHTS[matrix];
  const scale = range === 'full' ? 224 / 255 : 1;
  const weight = (value: number) => Math.round(Math.trunc(value * scale) / 8);
  return {
    luma: range === 'full' ? 8192 : Math.round(Math.trunc((65536 * 255) / 219) / 8),
    lumaOffset: range === 'full' ? 0 : 16,
    redV: weight(redV),
    greenU: -weight(greenU),
    greenV: -weight(greenV),
    blueU: weight(blueU),
  };
}

/**
 * Tables whose sums equal, bit for bit, what swscale's default x86 path gives (which PyAV, OpenCV and the ffmpeg
 * command line share): samples carry three fraction bits, weights are rounded to 16 bits with 13 fraction bits, and
 * every product keeps its upper 16 bits before the sum.
 */
export function colorTables(matrix: ColorMatrix, range: ColorRange): ColorTables {
  const { luma, lumaOffset, redV, greenU, greenV, blueU } = colorWeights(matrix, range);
  const table = (offset: number, factor: number) =>
    Int16Array.from({ length: 256 }, (_, sample) => Math.floor(((sample - offset) * 8 * factor) / 65536));
  return {
    luma: table(lumaOffset, luma),
    redV: table(128, redV),
    greenU: table(128, greenU),
    greenV: table(128, greenV),
    blueU: table(128, blueU),
  };
}
