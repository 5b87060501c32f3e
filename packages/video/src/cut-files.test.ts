import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import type { DecoderName } from './decoders/decoder.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { VideoError } from './video-error.js';

const folder = temporaryFolder('cut-files');
const decoders = await availableDecoders();
const at = (name: string) => join(folder, name);
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-qp', '8', '-bf', '2', '-g', '10', '-threads', '1'];
const MPEG4 = ['-c:v', 'mpeg4', '-q:v', '2', '-g', '10'];
const MPEG2 = ['-c:v', 'mpeg2video', '-q:v', '2', '-g', '10', '-bf', '2'];

/** How recordings are written, and whether one that was cut states that there was more. */
const recordings: { name: string; args: string[]; statesSize: boolean }[] = [
  { name: 'late-index.mp4', args: X264, statesSize: true },
  { name: 'early-index.mp4', args: [...X264, '-movflags', '+faststart'], statesSize: true },
  { name: 'fragmented.mp4', args: [...X264, '-movflags', 'frag_keyframe+empty_moov'], statesSize: true },
  { name: 'sound.mov', args: [...X264, '-movflags', '+faststart'], statesSize: true },
  { name: 'film.mkv', args: X264, statesSize: true },
  { name: 'live.mkv', args: [...X264, '-live', '1'], statesSize: false },
  {
    name: 'film.webm',
    args: ['-c:v', 'libvpx', '-b:v', '900k', '-deadline', 'realtime', '-g', '12'],
    statesSize: true,
  },
  { name: 'film.avi', args: MPEG4, statesSize: true },
  { name: 'film.wmv', args: ['-c:v', 'wmv2', '-q:v', '2', '-g', '10'], statesSize: true },
  { name: 'film.ts', args: X264, statesSize: false },
  { name: 'film.mpg', args: MPEG2, statesSize: false },
  { name: 'film.flv', args: X264, statesSize: false },
  { name: 'film.ogv', args: ['-c:v', 'libtheora', '-q:v', '8', '-g', '10'], statesSize: false },
  { name: 'film.nut', args: MPEG4, statesSize: false },
  { name: 'film.gif', args: ['-pix_fmt', 'rgb8'], statesSize: true },
  { name: 'raw.h264', args: X264, statesSize: false },
  { name: 'raw.m2v', args: MPEG2, statesSize: false },
];

/** What a decoder makes of a file: how many frames decode, or its complaint. */
async function verdict(path: string, decoder: DecoderName, indexCache: string | false): Promise<string> {
  try {
    const { info, decode } = await openVideo(path, { decoder, indexCache });
    await decode(Array.from({ length: info.frames }, (_, i) => i));
    return `${info.frames} frames`;
  } catch (error) {
    if (!(error instanceof VideoError)) throw error;
    return error.code;
  }
}

beforeAll(async () => {
  for (const { name, args } of recordings) {
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=3'];
    const sound = /sound/.test(name) ? ['-f', 'lavfi', '-i', 'sine=duration=3', '-c:a', 'aac'] : [];
    await runFfmpeg(['-v', 'error', ...source, ...sound, '-pix_fmt', 'yuv420p', ...args, name], {
      outputs: { [name]: at(name) },
    });
  }
}, 120_000);

describe.each(recordings)('$name', ({ name, statesSize }) => {
  for (const part of [0.3, 0.6, 0.97]) {
    it(`cut at ${part * 100} %: one verdict, whatever the decoder`, async () => {
      const bytes = readFileSync(at(name));
      const cut = at(`${part}-${name}`);
      writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * part)));
      const verdicts: Record<string, string> = {};
      for (const decoder of decoders) verdicts[decoder] = await verdict(cut, decoder, false);
      expect([...new Set(Object.values(verdicts))]).toHaveLength(1);
      if (statesSize) expect(verdicts[decoders[0]!]).toBe('truncated');
    });
  }
});

describe('two recordings joined byte for byte, whose counters and clocks start again', () => {
  for (const [first, ...others] of [decoders, decoders.toReversed()]) {
    it(`all frames of both, ${first} looking first`, async () => {
      const recording = readFileSync(at('film.ts'));
      const joined = at(`joined-${first}.ts`);
      writeFileSync(joined, Buffer.concat([recording, recording]));
      const cache = mkdtempSync(join(folder, 'cache-'));
      for (const decoder of [first!, ...others]) expect(await verdict(joined, decoder, cache)).toBe('150 frames');
    });
  }
});

it('a whole file of every kind is good to every decoder', async () => {
  for (const { name } of recordings) {
    for (const decoder of decoders)
      expect(await verdict(at(name), decoder, false), `${decoder} ${name}`).toMatch(/^7[456] frames/);
  }
});
