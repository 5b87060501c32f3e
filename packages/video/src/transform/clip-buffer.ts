import { type FrameSize, sidesOf } from './frame-size.js';

/**
 * Where a transform writes a clip of T frames of S by S pixels, or of other sides where it makes such. The array's kind chooses the form:
 * a `Uint8Array` receives `[T, S, S, 3]`, values 0..255 rounded, to be normalised on the device;
 * a `Float32Array` receives `[3, T, S, S]`, normalised.
 */
export type ClipBuffer = Uint8Array | Float32Array;

/** Which form: bytes `[T, S, S, 3]` or normalised floats `[3, T, S, S]`. */
export type ClipFormat = 'uint8' | 'float32';

/** A buffer for `views` clips of `frames` frames. */
export function createClipBuffer<Format extends ClipFormat>(
  format: Format,
  frames: number,
  size: FrameSize,
  views?: number,
): Format extends 'uint8' ? Uint8Array : Float32Array;
export function createClipBuffer(format: ClipFormat, frames: number, size: FrameSize, views = 1): ClipBuffer {
  const { height, width } = sidesOf(size);
  const length = views * frames * height * width * 3;
  return format === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
}

/** Throws a RangeError unless the buffer holds exactly `views` clips. */
export function requireClipLength(buffer: ClipBuffer, frames: number, size: FrameSize, views = 1): void {
  const { height, width } = sidesOf(size);
  const length = views * frames * height * width * 3;
  if (buffer.length !== length) {
    const shape = buffer instanceof Uint8Array ? '[T, S, S, 3]' : '[3, T, S, S]';
    throw new RangeError(
      `the output has ${buffer.length} values and ${views} clip(s) ${shape} of ${frames} frames of ` +
        `${height}x${width} need ${length}`,
    );
  }
}
