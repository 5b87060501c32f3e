import type { DecodeOutcome, Decoder } from '../decoders/decoder.js';
import { CropResizer } from '../kernel/crop-resizer.js';
import { isUpright } from '../orientation.js';
import type { PacketIndex } from '../packet-index.js';
import { handoverFormat } from '../pixel-format.js';
import type { RandomStreams } from '../sampling/index.js';
import { cropResize } from '../transform/crop-resize.js';
import { type PretrainingTransformSettings, pretrainingCrop } from '../transform/pretraining-transform.js';
import type { ClipRequest } from './clip-request.js';

let resizer: CropResizer | undefined;

/**
 * Whether a request's samples can be made in one pass from the decoded planes: the pretraining transform as the paper
 * has it (one box, no augmentation), as bytes, of upright 8-bit 4:2:0 pictures. Everything else goes by way of RGB.
 */
export function isOnePass(request: ClipRequest, index: PacketIndex): boolean {
  const { transform, output, rotate } = request;
  if (transform.kind !== 'pretraining' || output !== 'uint8' || (rotate && !isUpright(index))) return false;
  const { motionShift = false, randAugment = false, erasingProbability = 0, size } = transform;
  if (motionShift || randAugment !== false || erasingProbability > 0) return false;
  return CropResizer.handles({ format: handoverFormat(index.pixelFormat) }, size);
}

/**
 * Decodes the clips of a sample and writes them, [K, T, S, S, 3] bytes, into `sample`: colour conversion, crop and
 * resize happen once, on the wanted frames' wanted lines.
 * @returns milliseconds spent on the pictures after decoding, frames decoded and used, and whether the file turned
 *   out to be linear
 */
export async function decodePretrainingClips(
  decoder: Decoder,
  index: PacketIndex,
  clips: Int32Array[],
  settings: PretrainingTransformSettings,
  random: RandomStreams,
  { path, timeoutMs }: ClipRequest,
  sample: Uint8Array,
): Promise<DecodeOutcome & { milliseconds: number; used: number }> {
  resizer ??= new CropResizer();
  const { size } = settings;
  const { height, width, matrix, range } = index;
  const frameBytes = size * size * 3;
  let milliseconds = 0;
  let seekFailed = false;
  let decoded: number | undefined = 0;
  let used = 0;
  let offset = 0;
  for (const indices of clips) {
    const { boxes, flip } = pretrainingCrop({ frames: indices.length, height, width }, settings, random);
    resizer.start({ box: boxes[0]!, size, flip, matrix, range });
    const wanted = [...new Set(indices)].sort((a, b) => a - b);
    const outcome = await decoder.decode(path, index, wanted, timeoutMs, (picture, position) => {
      const started = performance.now();
      const first = indices.indexOf(wanted[position]!);
      const start = offset + first * frameBytes;
      if (CropResizer.handles(picture, size)) resizer!.resize(picture, sample, start);
      else {
        const frame = { data: picture.planes[0]!, frames: 1, height, width };
        cropResize(frame, boxes[0]!, size, sample.subarray(start, start + frameBytes), { flip });
      }
      for (let t = first + 1; t < indices.length; t++) {
        if (indices[t] === wanted[position]) sample.copyWithin(offset + t * frameBytes, start, start + frameBytes);
      }
      milliseconds += performance.now() - started;
    });
    seekFailed ||= outcome.seekFailed;
    decoded = outcome.decoded === undefined || decoded === undefined ? undefined : decoded + outcome.decoded;
    used += wanted.length;
    offset += indices.length * frameBytes;
  }
  return { milliseconds, seekFailed, decoded, used };
}
