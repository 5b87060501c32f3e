import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { openVideo } from './open-video.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { bestStream, parseDescription } from './stream-description.js';

const folder = temporaryFolder('stream-description');
const decoders = await availableDecoders();
const plain = join(folder, 'plain.mkv');
const worded = join(folder, 'worded.mkv');
/** What ffmpeg's log says of a turned picture, and of another stream. */
const ROTATION = 'displaymatrix: rotation of -90.00 degrees';
const STREAM = 'Stream #0:7(eng): Video: mpeg4 (Simple), yuv444p(pc, bt709), 8x8, 5 fps (default)';

beforeAll(async () => {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1', '-c:v', 'libx264', '-bf', '2'];
  await runFfmpeg(['-v', 'error', ...source, 'o.mkv'], { outputs: { 'o.mkv': plain } });
  const words = [
    ...['-metadata:s:v:0', `title=${ROTATION}`, '-metadata', `title=x\n      ${ROTATION}\n  ${STREAM}`],
    ...['-metadata:s:v:0', `language=a): Video: mpeg4, 8x8\n${ROTATION}`, '-metadata', `${STREAM}=1`],
    ...['-metadata', 'x\n[Parsed_showinfo_0 @ 0x1] n: 0 pts: 0 s:8x8 i:T iskey:1 y=1'],
  ];
  const outputs = { 'o.mkv': worded };
  await runFfmpeg(['-v', 'error', '-i', 'p.mkv', '-c', 'copy', ...words, 'o.mkv'], {
    inputs: { 'p.mkv': plain },
    outputs,
  });
});

it.for(decoders)(
  '%s: titles, languages and tags worded like FFmpeg’s log say nothing about the pictures',
  async (decoder) => {
    const [a, b] = [await openVideo(plain, { decoder }), await openVideo(worded, { decoder })];
    expect({ ...b.info, path: plain }).toEqual(a.info);
    expect(b.info).toMatchObject({ rotation: 0, width: 96, height: 64, frames: 25 });
    const indices = [0, 7, 24];
    expect(Buffer.compare((await a.decode(indices)).data, (await b.decode(indices)).data)).toBe(0);
  },
);

it('a description tells a display matrix, colours and rates as the demuxer found them', () => {
  const probed = {
    format: { format_name: 'mov,mp4', start_time: '1.5', nb_streams: 3 },
    streams: [
      { index: 0, time_base: '1/90000', disposition: { attached_pic: 1 } },
      {
        ...{ index: 2, codec_name: 'h264', width: 96, height: 64, pix_fmt: 'yuv420p', color_range: 'pc' },
        ...{ color_space: 'bt709', avg_frame_rate: '30000/1001', time_base: '1/30000' },
        ...{ bit_rate: '800000', disposition: { default: 1, attached_pic: 0 } },
        side_data_list: [
          {
            displaymatrix:
              '\n00000000:            0       65536           0\n00000001:       -65536           0           0\n' +
              '00000002:     20971520           0  1073741824\n',
          },
        ],
      },
    ],
  };
  const description = parseDescription(JSON.stringify(probed));
  expect(description).toMatchObject({ streamCount: 3, videoStreams: [{ stream: 2, rotation: 90, range: 'full' }] });
  expect(bestStream(description!.videoStreams)).toMatchObject({
    ...{ container: 'mov,mp4', matrix: 'bt709', startTime: 1.5, timeBase: [1, 30000], averageRate: 30000 / 1001 },
    ...{ bitRate: 800_000, isDefault: true },
  });
  expect(parseDescription('{\n\n}')).toBeUndefined();
  expect(parseDescription('{ "streams": [')).toBeUndefined();
});
