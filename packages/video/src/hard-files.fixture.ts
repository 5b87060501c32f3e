import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNodeAv } from './decoders/node-av.js';
import { encodeNatively, type NativeEncoding } from './native-encode.fixture.js';
import { packBFrames } from './packed-b-frames.fixture.js';
import { runFfmpeg } from './run-ffmpeg.js';

/** A file with a property that makes frame-exact access hard, and how FFmpeg makes it. */
export interface HardFile {
  name: string;
  /** What is hard about it. */
  property: string;
  /** Arguments between FFmpeg's input and the output name. */
  args?: string[];
  /** Made from another file of the list (or a helper file) instead of the test picture. */
  from?: string;
  inputArgs?: string[];
  /** Made by other means than one FFmpeg run. */
  make?: (folder: string, path: string) => Promise<void>;
  /** Encoded by node-av. */
  native?: NativeEncoding;
}

const x264 = (...options: string[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '12', '-threads', '1', '-pix_fmt', 'yuv420p', '-g', '10'],
  ...options,
];
const vpx = (codec: string, ...options: string[]) => [
  ...['-c:v', codec, '-b:v', '900k', '-deadline', 'realtime', '-cpu-used', '8', '-threads', '1', '-g', '12'],
  ...options,
];
/** Drops and delays frames unevenly; presentation times stay strictly increasing. */
const uneven = (...options: string[]) => [
  '-vf',
  "select='not(eq(mod(n,7),3))',setpts='(N*40+mod(N*17,29))/1000/TB'",
  ...['-vsync', 'vfr', '-enc_time_base', '1/1000', ...options],
];

const PALETTED = ['-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse', '-c:v', 'rawvideo'];

const x265 = (params: string): NativeEncoding => ({
  ...{ encoder: 'libx265', gop: 12, bFrames: 3 },
  options: { preset: 'ultrafast', 'x265-params': `log-level=none:keyint=12:min-keyint=12:crf=12:${params}` },
});

/** Files in codecs that only the native library encodes: left out where node-av is not installed. */
const nativeFiles: HardFile[] = [
  { name: 'hevc-open-gop.mp4', property: 'HEVC, open GOP', native: x265('open-gop=1') },
  { name: 'hevc-open-gop.mkv', property: 'HEVC, open GOP', native: x265('open-gop=1') },
  { name: 'hevc.ts', property: 'HEVC in a transport stream', native: x265('open-gop=0') },
  { name: 'raw.hevc', property: 'raw HEVC', native: x265('open-gop=0') },
  {
    name: 'vp9.webm',
    property: 'VP9 with hidden reference frames',
    native: { encoder: 'libvpx-vp9', gop: 12, options: { 'auto-alt-ref': '1', 'lag-in-frames': '12', b: '600k' } },
  },
];

const wasmFiles: HardFile[] = [
  { name: 'b-frames.mp4', property: 'B-frames', args: x264('-bf', '3') },
  { name: 'b-pyramid.mkv', property: 'B-frame pyramid', args: x264('-bf', '4', '-x264-params', 'b-pyramid=normal') },
  { name: 'open-gop.mp4', property: 'open GOP', args: x264('-bf', '3', '-x264-params', 'open-gop=1:scenecut=0') },
  { name: 'open-gop.mkv', property: 'open GOP', args: x264('-bf', '3', '-x264-params', 'open-gop=1:scenecut=0') },
  { name: 'vfr.mp4', property: 'variable frame rate', args: uneven(...x264('-bf', '2')) },
  { name: 'vfr.mkv', property: 'variable frame rate', args: uneven(...x264('-bf', '2')) },
  {
    name: 'edit-list.mp4',
    property: 'edit list that hides frames',
    from: 'b-frames.mp4',
    inputArgs: ['-ss', '0.63'],
    args: ['-c', 'copy'],
  },
  {
    name: 'edit-list.mov',
    property: 'edit list that hides frames',
    from: 'open-gop.mp4',
    inputArgs: ['-ss', '0.9'],
    args: ['-c', 'copy'],
  },
  { name: 'late-start.mkv', property: 'start at 12.3 s', args: [...x264('-bf', '2'), '-output_ts_offset', '12.3'] },
  { name: 'late-start.mp4', property: 'start at 3.21 s', args: [...x264('-bf', '2'), '-output_ts_offset', '3.21'] },
  {
    name: 'rotated-90.mov',
    property: 'rotation 90',
    from: 'b-frames.mp4',
    args: ['-c', 'copy', '-metadata:s:v:0', 'rotate=90'],
  },
  {
    name: 'rotated-180.mp4',
    property: 'rotation 180',
    from: 'b-frames.mp4',
    args: ['-c', 'copy', '-metadata:s:v:0', 'rotate=180'],
  },
  {
    name: 'rotated-270.mp4',
    property: 'rotation 270',
    from: 'b-frames.mp4',
    args: ['-c', 'copy', '-metadata:s:v:0', 'rotate=270'],
  },
  { name: 'odd-size.webm', property: 'odd width and height', args: ['-vf', 'crop=93:61', ...vpx('libvpx')] },
  {
    name: 'odd-size.avi',
    property: 'odd width and height',
    args: ['-vf', 'crop=93:61', '-c:v', 'mpeg4', '-q:v', '3', '-g', '10'],
  },
  {
    name: 'fragmented.mp4',
    property: 'no frame count: fragments',
    args: [...x264('-bf', '2'), '-movflags', 'frag_keyframe+empty_moov'],
  },
  {
    name: 'live.mkv',
    property: 'no frame count: live stream',
    args: [...x264('-bf', '2'), '-f', 'matroska', '-live', '1'],
  },
  {
    name: 'mbaff.mp4',
    property: 'interlaced (MBAFF)',
    args: x264('-bf', '2', '-flags', '+ildct+ilme', '-x264-params', 'tff=1'),
  },
  {
    name: 'interlaced-mpeg2.ts',
    property: 'interlaced MPEG-2 in a transport stream',
    args: ['-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-bf', '2', '-g', '10', '-q:v', '3'],
  },
  { name: 'ten-bit.mp4', property: '10 bit', args: x264('-bf', '2', '-pix_fmt', 'yuv420p10le') },
  {
    name: 'odd-size-444.mp4',
    property: 'odd width and height',
    args: ['-vf', 'crop=93:61', ...x264('-pix_fmt', 'yuv444p')],
  },
  {
    name: 'ten-bit-422.mov',
    property: '10 bit 4:2:2',
    args: ['-c:v', 'prores_ks', '-pix_fmt', 'yuv422p10le', '-q:v', '8'],
  },
  {
    name: 'full-range.mp4',
    property: 'full range, BT.709',
    args: [
      ...x264('-bf', '2'),
      '-vf',
      'scale=out_range=pc:out_color_matrix=bt709',
      '-color_range',
      'pc',
      '-colorspace',
      'bt709',
    ],
  },
  {
    name: 'intra-refresh.mp4',
    property: 'intra refresh, one key frame',
    args: x264('-bf', '0', '-x264-params', 'intra-refresh=1:keyint=10'),
  },
  { name: 'one-key-frame.mp4', property: 'a single key frame', args: x264('-g', '1000') },
  { name: 'packed-b-frames.avi', property: 'packed B-frames (DivX)', make: packedBFrames },
  {
    name: 'b-frames.avi',
    property: 'B-frames without times',
    args: ['-c:v', 'mpeg4', '-bf', '2', '-q:v', '3', '-g', '10'],
  },
  { name: 'h264.ts', property: 'H.264 in a transport stream', args: x264('-bf', '2') },
  { name: 'cut.ts', property: 'transport stream that begins inside a GOP', from: 'h264.ts', make: cutTransportStream },
  {
    name: 'program-stream.mpg',
    property: 'MPEG-2 program stream',
    args: ['-c:v', 'mpeg2video', '-bf', '2', '-g', '10', '-q:v', '3'],
  },
  {
    name: 'mpeg1.mpg',
    property: 'MPEG-1 program stream',
    args: ['-c:v', 'mpeg1video', '-bf', '2', '-g', '10', '-q:v', '3'],
  },
  {
    name: 'vp8.webm',
    property: 'VP8 with hidden reference frames',
    args: [...vpx('libvpx'), '-deadline', 'good', '-auto-alt-ref', '1', '-lag-in-frames', '12'],
  },
  { name: 'raw.h264', property: 'raw H.264', args: x264('-bf', '2') },
  { name: 'raw.m4v', property: 'raw MPEG-4', args: ['-c:v', 'mpeg4', '-bf', '2', '-q:v', '3', '-g', '10'] },
  { name: 'mjpeg.avi', property: 'Motion JPEG', args: ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj422p'] },
  { name: 'flash.flv', property: 'FLV', args: x264('-bf', '2') },
  { name: 'windows.wmv', property: 'ASF', args: ['-c:v', 'wmv2', '-q:v', '3', '-g', '10'] },
  { name: 'lossless-444.mkv', property: '4:4:4', args: ['-c:v', 'ffv1', '-pix_fmt', 'yuv444p'] },
  { name: 'lossless-rgb.mkv', property: 'RGB', args: ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'] },
  { name: 'nv12.nut', property: 'interleaved chroma', args: ['-c:v', 'rawvideo', '-pix_fmt', 'nv12'] },
  { name: 'gray.mkv', property: 'grey only', args: ['-c:v', 'ffv1', '-pix_fmt', 'gray'] },
  { name: 'palette.avi', property: 'palette at the first packet', args: PALETTED },
  { name: 'palette.mov', property: 'palette at the first packet', args: PALETTED },
  {
    name: 'animation.gif',
    property: 'palette, uneven delays',
    args: ['-vf', "setpts='(N*4+mod(N,3))/100/TB'", '-vsync', 'vfr'],
  },
  { name: 'one-frame.mp4', property: 'a single frame', args: x264('-frames:v', '1') },
  { name: 'two-streams.mkv', property: 'two video streams, the second is better', make: twoStreams },
];

/** Every kind this machine can make. */
export const hardFiles: HardFile[] = [...wasmFiles, ...((await hasNodeAv()) ? nativeFiles : [])];

function hasNodeAv(): Promise<boolean> {
  return loadNodeAv().then(
    () => true,
    () => false,
  );
}

/** The test picture, for encoders outside FFmpeg's program. */
const RAW = 'source.yuv';
const SOURCE = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=2'];

/** Makes the whole list, or the named ones, in `folder`; files that are there already are kept. */
export async function makeHardFiles(folder: string, names?: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const raw = { outputs: { [RAW]: join(folder, RAW) } };
  await runFfmpeg(['-v', 'error', ...SOURCE, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', RAW], raw);
  const made = new Map<string, Promise<void>>();
  const make = (file: HardFile): Promise<void> => {
    let promise = made.get(file.name);
    if (!promise) {
      const source = hardFiles.find(({ name }) => name === file.from);
      promise = (source ? make(source) : Promise.resolve()).then(() => makeHardFile(folder, file));
      made.set(file.name, promise);
    }
    return promise;
  };
  await Promise.all(hardFiles.filter(({ name }) => names?.includes(name) ?? true).map(make));
}

async function makeHardFile(folder: string, file: HardFile): Promise<void> {
  const { name, args = [], from, inputArgs = [], make, native } = file;
  const path = join(folder, name);
  if (existsSync(path)) return;
  if (native) return encodeNatively(join(folder, RAW), 96, 64, path, native);
  if (make) return make(folder, path);
  const input = from ? [...inputArgs, '-i', from] : SOURCE;
  const inputs: Record<string, string> = from ? { [from]: join(folder, from) } : {};
  await runFfmpeg(['-v', 'error', ...input, ...args, name], { inputs, outputs: { [name]: path } });
}

async function packedBFrames(folder: string, path: string): Promise<void> {
  const plain = join(folder, 'unpacked.avi');
  const args = [
    '-v',
    'error',
    ...SOURCE,
    '-c:v',
    'mpeg4',
    '-bf',
    '1',
    '-b_strategy',
    '0',
    '-q:v',
    '3',
    '-g',
    '10',
    'o.avi',
  ];
  await runFfmpeg(args, { outputs: { 'o.avi': plain } });
  writeFileSync(path, packBFrames(readFileSync(plain)));
}

async function cutTransportStream(folder: string, path: string): Promise<void> {
  const bytes = readFileSync(join(folder, 'h264.ts'));
  const packets = Math.floor(bytes.length / 188);
  writeFileSync(path, bytes.subarray(Math.floor(packets * 0.3) * 188));
}

async function twoStreams(_folder: string, path: string): Promise<void> {
  const source = (size: string) => ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=2`];
  const args = ['-v', 'error', ...source('48x32'), ...source('96x64'), '-map', '0', '-map', '1', ...x264('-bf', '2')];
  await runFfmpeg([...args, '-disposition:v:0', '0', '-disposition:v:1', 'default', 'o.mkv'], {
    outputs: { 'o.mkv': path },
  });
}
