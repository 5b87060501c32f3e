import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';

const folder = temporaryFolder('keys');
const decoders = await availableDecoders();

/** Without its table of key frames, every sample of an mp4 is one. */
function withoutKeyTable(mp4: Buffer): Buffer {
  const out = Buffer.from(mp4);
  out.write('free', out.indexOf('stss', 0, 'latin1'), 'latin1');
  return out;
}

/** An AVI file whose index has the flag of key frames at every entry. */
function withEveryKeyFlag(avi: Buffer): Buffer {
  const out = Buffer.from(avi);
  const index = out.lastIndexOf('idx1');
  for (let at = index + 8; at < index + 8 + out.readUInt32LE(index + 4); at += 16) out.writeUInt32LE(0x10, at + 4);
  return out;
}

describe('frames are right where every packet claims to be a key frame', () => {
  it.for([
    ['mpeg4', 'mp4', withoutKeyTable],
    ['libx264', 'mp4', withoutKeyTable],
    ['msmpeg4v2', 'avi', withEveryKeyFlag],
    ['wmv2', 'avi', withEveryKeyFlag],
  ] as const)('%s in %s', async ([codec, container, mistake]) => {
    const path = join(folder, `${codec}.${container}`);
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=2', '-pix_fmt', 'yuv420p'];
    const encoding = ['-c:v', codec, '-q:v', '3', '-g', '12', `o.${container}`];
    await runFfmpeg(['-v', 'error', ...source, ...encoding], { outputs: { [`o.${container}`]: path } });
    writeFileSync(path, mistake(readFileSync(path)));
    for (const decoder of decoders) {
      const video = await openVideo(path, { decoder, indexCache: false });
      const all = await video.decode(Array.from({ length: 50 }, (_, i) => i));
      const size = all.data.length / 50;
      for (const index of [5, 20, 37, 49]) {
        const { data } = await video.decode([index]);
        expect(Buffer.compare(data, all.data.subarray(index * size, (index + 1) * size)), `${decoder} ${index}`).toBe(
          0,
        );
      }
    }
  });
});
