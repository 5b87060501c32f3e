import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, expect, it } from 'vitest';
import { encodeVideo } from '../encode-video.js';
import { openVideo } from '../open-video.js';
import { findCommandLineFfmpeg } from './command-line-program.js';

const folder = temporaryFolder('command-line-reads');
const installed = await findCommandLineFfmpeg().catch(() => undefined);
const before = process.env.FFMPEG_PATH;
afterAll(() => {
  if (before === undefined) delete process.env.FFMPEG_PATH;
  else process.env.FFMPEG_PATH = before;
});

it.skipIf(!installed || process.platform === 'win32')(
  'the commands never read a file by themselves: a read that the disk fails would be the end of the video to them',
  async () => {
    const said = join(folder, 'arguments');
    for (const [name, command] of Object.entries({ ffmpeg: installed!.command, ffprobe: installed!.probeCommand })) {
      const script = `#!/bin/sh\necho "$@" >> '${said}'\nexec '${command}' "$@"\n`;
      writeFileSync(join(folder, name), script, { mode: 0o755 });
    }
    process.env.FFMPEG_PATH = join(folder, 'ffmpeg');
    const [frames, height, width] = [12, 32, 48];
    const data = Uint8Array.from({ length: frames * height * width * 3 }, (_, i) => Math.floor(i / 4608) * 10);
    const path = join(folder, 'film.mp4');
    await encodeVideo({ frames: { data, frames, height, width }, rate: 10, output: path });
    const video = await openVideo(path, { decoder: 'cli', indexCache: false });
    expect((await video.decode([2, 9])).frames).toBe(2);
    const runs = readFileSync(said, 'utf8')
      .split('\n')
      .filter((line) => line.includes(' -i '));
    expect(runs.length).toBeGreaterThanOrEqual(2);
    for (const line of runs) expect(line).toMatch(/ -i http:\/\/127\.0\.0\.1:\d+\/input\.mp4/);
    expect(runs.join()).not.toContain('film');
  },
);
