import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';

const folder = temporaryFolder('cut');
const decoders = await availableDecoders();
const [WIDTH, HEIGHT] = [96, 64];

it('pictures are cut where their H.264 stream says, to the column', async () => {
  const [whole, cut] = [join(folder, 'whole.mp4'), join(folder, 'cut.mp4')];
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=${WIDTH}x${HEIGHT}:rate=25:duration=1`];
  const encoding = ['-c:v', 'libx264', '-g', '10', '-bf', '2', '-pix_fmt', 'yuv420p', 'o.mp4'];
  await runFfmpeg(['-v', 'error', ...source, ...encoding], { outputs: { 'o.mp4': whole } });
  const edges = 'h264_metadata=crop_left=6:crop_right=10:crop_top=4:crop_bottom=8';
  const args = ['-v', 'error', '-i', 'a.mp4', '-c', 'copy', '-bsf:v', edges, 'o.mp4'];
  await runFfmpeg(args, { inputs: { 'a.mp4': whole }, outputs: { 'o.mp4': cut } });
  for (const decoder of decoders) {
    const [full, video] = [await openVideo(whole, { decoder }), await openVideo(cut, { decoder })];
    expect(video.info, decoder).toMatchObject({ width: WIDTH - 16, height: HEIGHT - 12 });
    const [{ data: picture }, { data }] = [await full.decode([13]), await video.decode([13])];
    const rows = Array.from({ length: HEIGHT - 12 }, (_, y) => {
      const start = ((y + 4) * WIDTH + 6) * 3;
      return picture.subarray(start, start + (WIDTH - 16) * 3);
    });
    expect(Buffer.compare(data, Buffer.concat(rows)), decoder).toBe(0);
  }
});
