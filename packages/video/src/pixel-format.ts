/**
 * Planar YUV layouts that the shared colour stage reads. Anything else (packed, palette or RGB formats) is turned
 * into `rgb24` by the decoder itself, which is exact for RGB material.
 */
export interface PixelFormat {
  /** FFmpeg's name, e.g. `yuv420p10le`. */
  name: string;
  kind: 'yuv' | 'gray' | 'rgb';
  /** log2 of the chroma subsampling, horizontally and vertically. */
  chromaShiftX: number;
  chromaShiftY: number;
  bits: number;
  bytesPerSample: 1 | 2;
}

const SUBSAMPLING: Record<string, [number, number]> = {
  '420': [1, 1],
  '422': [1, 0],
  '444': [0, 0],
  '440': [0, 1],
  '411': [2, 0],
  '410': [2, 2],
};

/** Packed red, green and blue bytes. */
export const RGB24: PixelFormat = {
  name: 'rgb24',
  kind: 'rgb',
  chromaShiftX: 0,
  chromaShiftY: 0,
  bits: 8,
  bytesPerSample: 1,
};

/** Packed, semi-planar and alpha layouts and the planar one that holds the same samples. */
const PLANAR_EQUIVALENT: Record<string, string> = {
  yuyv422: 'yuv422p',
  uyvy422: 'yuv422p',
  yvyu422: 'yuv422p',
  nv12: 'yuv420p',
  nv21: 'yuv420p',
  nv16: 'yuv422p',
  p010le: 'yuv420p10le',
  yuva420p: 'yuv420p',
  yuva422p: 'yuv422p',
  yuva444p: 'yuv444p',
};

/** The layout in which a decoder should hand over a stream of format `name`: planar YUV or grey, else rgb24. */
export function handoverFormat(name: string): PixelFormat {
  return planarFormat(PLANAR_EQUIVALENT[name] ?? name);
}

function planarFormat(name: string): PixelFormat {
  const yuv = /^yuvj?(420|422|444|440|411|410)p(9|10|12|14|16)?(le)?$/.exec(name);
  if (yuv) {
    const [chromaShiftX, chromaShiftY] = SUBSAMPLING[yuv[1]!]!;
    const bits = yuv[2] ? Number(yuv[2]) : 8;
    return { name, kind: 'yuv', chromaShiftX, chromaShiftY, bits, bytesPerSample: bits > 8 ? 2 : 1 };
  }
  const gray = /^gray(9|10|12|14|16)?(le)?$/.exec(name);
  if (gray) {
    const bits = gray[1] ? Number(gray[1]) : 8;
    return { name, kind: 'gray', chromaShiftX: 0, chromaShiftY: 0, bits, bytesPerSample: bits > 8 ? 2 : 1 };
  }
  return RGB24;
}

/** Bytes of one picture whose planes lie one after another without padding (FFmpeg's `rawvideo`). */
export function frameBytes(format: PixelFormat, width: number, height: number): number {
  if (format.kind === 'rgb') return width * height * 3;
  const luma = width * height;
  const chroma = format.kind === 'gray' ? 0 : 2 * chromaWidth(format, width) * chromaHeight(format, height);
  return (luma + chroma) * format.bytesPerSample;
}

export function chromaWidth(format: PixelFormat, width: number): number {
  return -(-width >> format.chromaShiftX);
}

export function chromaHeight(format: PixelFormat, height: number): number {
  return -(-height >> format.chromaShiftY);
}
