import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { type RangeServer, serveFolder } from './sources/range-server.fixture.js';

const folder = temporaryFolder('dropped');
const decoders = await availableDecoders();
const DROPPED = [7, 8, 25];
let web: RangeServer;

/**
 * An mp4 as a recorder leaves it that drops pictures: the samples at `places` have no bytes, those behind them come a sample
 * later, and the last ones are no longer in the index.
 */
function withEmptySamples(mp4: Buffer, places: readonly number[]): Buffer {
  const out = Buffer.from(mp4);
  const sizesAt = out.indexOf('stsz', 0, 'latin1') + 16;
  const sizes = Array.from({ length: out.readUInt32BE(sizesAt - 4) }, (_, i) => out.readUInt32BE(sizesAt + 4 * i));
  for (const place of places) sizes.splice(place, 0, 0);
  for (let i = 0; i < sizes.length - places.length; i++) out.writeUInt32BE(sizes[i]!, sizesAt + 4 * i);
  const keysAt = out.indexOf('stss', 0, 'latin1') + 12;
  for (let i = 0; i < out.readUInt32BE(keysAt - 4); i++) {
    let sample = out.readUInt32BE(keysAt + 4 * i) - 1;
    for (const place of places) if (sample >= place) sample++;
    out.writeUInt32BE(sample + 1, keysAt + 4 * i);
  }
  return out;
}

beforeAll(async () => {
  web = await serveFolder(createServer, folder);
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=2'];
  const encoding = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '10', '-bf', '0', '-threads', '1'];
  const whole = join(folder, 'whole.mp4');
  await runFfmpeg(['-v', 'error', ...source, ...encoding, '-pix_fmt', 'yuv420p', 'o.mp4'], {
    outputs: { 'o.mp4': whole },
  });
  const dropped = withEmptySamples(readFileSync(whole), DROPPED);
  writeFileSync(join(folder, 'dropped.mp4'), dropped);
  for (const name of ['dropped.mkv', 'dropped.avi']) {
    const args = ['-v', 'error', '-i', 'a.mp4', '-c', 'copy', name];
    await runFfmpeg(args, { inputs: { 'a.mp4': dropped }, outputs: { [name]: join(folder, name) } });
  }
}, 60_000);
afterAll(() => void web.server.close());

describe.each(decoders)('%s counts the pictures there are, not those a recorder dropped', (decoder) => {
  it.for(['dropped.mp4', 'dropped.mkv', 'dropped.avi', 'http'])('%s', async (name) => {
    const path = name === 'http' ? `${web.address}/dropped.mp4` : join(folder, name);
    const whole = await openVideo(join(folder, 'whole.mp4'), { decoder, indexCache: false });
    const video = await openVideo(path, { decoder, indexCache: false });
    expect(video.info.frames).toBe(50 - DROPPED.length);
    // They are the first ones of the whole video, near each gap and at the end.
    for (const indices of [[6, 7, 8], [22, 23], [46]]) {
      const [expected, actual] = [await whole.decode(indices), await video.decode(indices)];
      expect(Buffer.compare(actual.data, expected.data)).toBe(0);
    }
  });
});
