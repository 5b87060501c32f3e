import { isUpright, orientRgb, swapsSides } from '../orientation.js';
import type { PacketIndex } from '../packet-index.js';
import type { RgbFrames } from '../rgb-frames.js';
import { VideoError } from '../video-error.js';
import { pictureToRgb } from '../yuv-to-rgb.js';
import type { DecodeOutcome, Decoder } from './decoder.js';

/**
 * Frames at any `indices` (unsorted and repeated ones allowed) as RGB, upright unless `rotate` is false; and the
 * milliseconds that the conversion took.
 * @throws VideoError `index-out-of-range` and everything a decoder throws
 */
export async function decodeRgb(
  decoder: Decoder,
  path: string,
  index: PacketIndex,
  indices: ArrayLike<number>,
  options: { rotate: boolean; timeoutMs: number },
): Promise<DecodeOutcome & { frames: RgbFrames; milliseconds: number }> {
  const turned = options.rotate && swapsSides(index);
  const { height, width } = index;
  const bytes = height * width * 3;
  const data = new Uint8Array(bytes * indices.length);
  const frames = { data, frames: indices.length, height: turned ? width : height, width: turned ? height : width };
  if (indices.length === 0) return { frames, seekFailed: false, decoded: 0, milliseconds: 0 };
  const positions = positionsByIndex(indices, index.frames, path);
  const wanted = [...positions.keys()].sort((a, b) => a - b);
  const stored = options.rotate && !isUpright(index) ? new Uint8Array(bytes) : undefined;
  const box = { top: 0, left: 0, height, width };
  let milliseconds = 0;
  const outcome = await decoder.decode(path, index, wanted, options.timeoutMs, (picture, i) => {
    const started = performance.now();
    const [first, ...rest] = positions.get(wanted[i]!)!;
    const start = first! * bytes;
    if (stored) {
      pictureToRgb(picture, index.matrix, index.range, box, stored, 0);
      orientRgb(stored, height, width, index, data, start);
    } else pictureToRgb(picture, index.matrix, index.range, box, data, start);
    for (const other of rest) data.copyWithin(other * bytes, start, start + bytes);
    milliseconds += performance.now() - started;
  });
  return { frames, milliseconds, ...outcome };
}

/** For every distinct index, the output rows it fills. */
function positionsByIndex(indices: ArrayLike<number>, frames: number, path: string): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  for (let i = 0; i < indices.length; i++) {
    const wanted = indices[i]!;
    if (!Number.isInteger(wanted) || wanted < 0 || wanted >= frames) {
      throw new VideoError(
        'index-out-of-range',
        path,
        `frame ${wanted} is outside the video's ${frames} frames (0..${frames - 1})`,
      );
    }
    const rows = positions.get(wanted);
    if (rows) rows.push(i);
    else positions.set(wanted, [i]);
  }
  return positions;
}
