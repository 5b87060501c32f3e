import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPicture, encodePng } from '@vjepa/pictures';
import { encodeVideo, runFfmpeg } from '@vjepa/video';

/** Ten ways in which a file of a data set can be bad. */
export const BROKEN_KINDS = [
  'truncated',
  'empty',
  'text',
  'wrong-extension',
  'no-video-stream',
  'bit-flipped',
  'zero-frames',
  'one-frame',
  'missing',
  'unreadable',
] as const;
export type BrokenKind = (typeof BROKEN_KINDS)[number];

/** Writes `count` good videos of 64 x 48, `frames` frames each, every one different; returns their paths. */
export async function writeGoodVideos(folder: string, count: number, frames = 24): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: count }, (_, i) => join(folder, `good-${String(i).padStart(3, '0')}.mp4`));
  for (const [i, output] of paths.entries()) await encodeVideo({ frames: movingBars(frames, i + 1), rate: 12, output });
  return paths;
}

/** Writes one bad file of every kind; returns their paths by kind. The missing one is only named. */
export async function writeBrokenVideos(folder: string): Promise<Record<BrokenKind, string>> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const paths: Record<BrokenKind, string> = {
    truncated: at('truncated.mp4'),
    empty: at('empty.mp4'),
    text: at('text.mp4'),
    'wrong-extension': at('picture.mp4'),
    'no-video-stream': at('sound.mp4'),
    'bit-flipped': at('bit-flipped.mp4'),
    'zero-frames': at('zero-frames.mp4'),
    'one-frame': at('one-frame.mp4'),
    missing: at('missing.mp4'),
    unreadable: at('unreadable.mp4'),
  };
  const whole = at('whole.mp4');
  await encodeVideo({ frames: movingBars(24, 99), rate: 12, output: whole });
  const bytes = readFileSync(whole);
  writeFileSync(paths.truncated, bytes.subarray(0, bytes.length >> 1));
  writeFileSync(paths.empty, '');
  writeFileSync(paths.text, 'this is not a video\n'.repeat(50));
  writeFileSync(paths['wrong-extension'], encodePng(createPicture(64, 48, [200, 30, 30])));
  await runFfmpeg(['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', 'sound.mp4'], {
    outputs: { 'sound.mp4': paths['no-video-stream'] },
  });
  writeFileSync(paths['bit-flipped'], flipBits(bytes));
  writeFileSync(paths['zero-frames'], withoutFrames(bytes));
  await encodeVideo({ frames: movingBars(1, 5), rate: 12, output: paths['one-frame'] });
  writeUnreadable(paths.unreadable, bytes);
  return paths;
}

/** Flips bits all through the coded pictures; the file's tables stay as they are. */
function flipBits(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  const start = bytes.indexOf('mdat') + 4;
  const end = bytes.indexOf('moov', start) > 0 ? bytes.indexOf('moov', start) - 4 : bytes.length;
  for (let i = start + 40; i < end; i += 7) damaged[i]! ^= 1 << (i % 8);
  return damaged;
}

/** A file that nobody may read; for root, whom permissions do not stop, a link to itself. */
function writeUnreadable(path: string, bytes: Buffer): void {
  if (process.getuid?.() === 0) symlinkSync(path, path);
  else {
    writeFileSync(path, bytes);
    chmodSync(path, 0);
  }
}

function withoutFrames(bytes: Buffer): Buffer {
  const emptied = Buffer.from(bytes);
  // The sample tables say how many frames there are: stts, stss, stsc, stsz, stco, ctts with no entries.
  for (const name of ['stts', 'stss', 'stsc', 'stco', 'ctts']) {
    const at = emptied.indexOf(name);
    if (at > 0) emptied.writeUInt32BE(0, at + 8);
  }
  const sizes = emptied.indexOf('stsz');
  if (sizes > 0) emptied.writeUInt32BE(0, sizes + 12);
  return emptied;
}

/** Bars that move by `seed` pixels a frame, [frames, 48, 64, 3]. */
function movingBars(frames: number, seed: number) {
  const [height, width] = [48, 64];
  const data = new Uint8Array(frames * height * width * 3);
  for (let t = 0; t < frames; t++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = ((t * height + y) * width + x) * 3;
        data[at] = (x * 4 + t * seed * 3) & 255;
        data[at + 1] = (y * 5 + seed * 17) & 255;
        data[at + 2] = (x + y) % (seed + 3) === 0 ? 220 : 40;
      }
    }
  }
  return { data, frames, height, width };
}
