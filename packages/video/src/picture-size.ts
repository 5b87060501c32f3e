import { chromaHeight, chromaWidth, type PixelFormat } from './pixel-format.js';
import { FRACTION_BITS, filterTaps } from './transform/antialiased-resize.js';
import type { DecodedPicture } from './yuv-to-rgb.js';

/**
 * The picture brought to a size: itself where it has it already, as all but a few have. In a stream whose pictures
 * change size (a telephone turned while it records, a call over a worse line) the later ones are stretched to the size
 * of the first, as decord and FFmpeg's own encoders do. Planes are resized by themselves, linearly,
 * with a filter that widens when shrinking; interlaced ones field by field.
 */
export function pictureAtSize(picture: DecodedPicture, width: number, height: number): DecodedPicture {
  if (picture.width === width && picture.height === height) return picture;
  const { format, interlaced } = picture;
  const channels = format.kind === 'rgb' ? 3 : 1;
  const planes: Uint8Array[] = [];
  const strides: number[] = [];
  for (const [i, bytes] of picture.planes.slice(0, format.kind === 'yuv' ? 3 : 1).entries()) {
    const from = planeSize(format, i, picture.width, picture.height);
    const to = planeSize(format, i, width, height);
    const plane = { samples: samplesOf(bytes, format), stride: picture.strides[i]! / format.bytesPerSample, ...from };
    const resized = resizePlane(plane, to, channels, interlaced ? 2 : 1);
    planes.push(new Uint8Array(resized.buffer));
    strides.push(to.width * channels * format.bytesPerSample);
  }
  return { planes, strides, format, width, height, interlaced };
}

type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

interface Size {
  width: number;
  height: number;
}

interface Plane extends Size {
  samples: Samples;
  /** Samples from one row to the next. */
  stride: number;
}

function planeSize(format: PixelFormat, plane: number, width: number, height: number): Size {
  return plane === 0 ? { width, height } : { width: chromaWidth(format, width), height: chromaHeight(format, height) };
}

/** A copy: the decoder's memory need not be aligned, and is only lent. */
function samplesOf(plane: Uint8Array, { bytesPerSample }: PixelFormat): Samples {
  const bytes = Uint8Array.from(plane);
  return bytesPerSample === 1 ? bytes : new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
}

/** @param fields 2: even and odd rows are two pictures */
function resizePlane(plane: Plane, { width, height }: Size, channels: number, fields: 1 | 2): Samples {
  const rowLength = width * channels;
  const wide = resizeRows(plane, width, channels);
  const out =
    plane.samples instanceof Uint8Array ? new Uint8Array(rowLength * height) : new Uint16Array(rowLength * height);
  const half = 2 ** (FRACTION_BITS - 1);
  for (let field = 0; field < fields; field++) {
    const rows = (total: number) => Math.max(1, Math.ceil((total - field) / fields));
    const taps = filterTaps(rows(plane.height), rows(height), 'bilinear');
    for (let y = field; y < height; y += fields) {
      const i = (y - field) / fields;
      for (let x = 0; x < rowLength; x++) {
        let sum = half;
        for (let k = 0; k < taps.count[i]!; k++) {
          const row = Math.min((taps.first[i]! + k) * fields + field, plane.height - 1);
          sum += taps.weights[i * taps.stride + k]! * wide[row * rowLength + x]!;
        }
        out[y * rowLength + x] = Math.floor(sum / 2 ** FRACTION_BITS);
      }
    }
  }
  return out;
}

/** Rows of `width` pixels: [plane.height, width, channels]. */
function resizeRows({ samples, stride, width: from, height }: Plane, width: number, channels: number): Float64Array {
  const taps = filterTaps(from, width, 'bilinear');
  const out = new Float64Array(height * width * channels);
  let o = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = 0; k < taps.count[x]!; k++) {
          sum += taps.weights[x * taps.stride + k]! * samples[y * stride + (taps.first[x]! + k) * channels + channel]!;
        }
        out[o++] = sum / 2 ** FRACTION_BITS;
      }
    }
  }
  return out;
}
