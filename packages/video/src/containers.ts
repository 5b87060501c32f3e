import { VideoError } from './video-error.js';

/** What FFmpeg takes JPEG pictures one after another for; a single one is not a video. */
const MOTION_JPEG = 'jpeg_pipe';

/**
 * FFmpeg's names of the formats that are read: those that hold the pictures themselves. Playlists, manifests and
 * scripts (HLS, DASH, ffconcat, IMF, AviSynth, picture sequences, …), which name other files and addresses for FFmpeg
 * to open, are not among them, nor are pictures, sound and text.
 */
const CONTAINERS: readonly string[] = [
  // Files of cameras, editors, browsers and data sets.
  ...['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'matroska', 'webm', 'avi', 'flv', 'live_flv', 'asf', 'ogg', 'nut'],
  ...['mpegts', 'mpeg', 'pva', 'mxf', 'gxf', 'rm', 'wtv', 'dv', 'swf', 'nsv', 'nuv', 'ty', 'dhav', 'ivf'],
  // Moving pictures.
  ...['gif', 'apng'],
  // Streams without a container.
  ...[
    'h261',
    'h263',
    'h264',
    'hevc',
    'vvc',
    'evc',
    'm4v',
    'mpegvideo',
    'mjpeg',
    'mpjpeg',
    'smjpeg',
    'mjpeg_2000',
    MOTION_JPEG,
  ],
  ...['obu', 'av1', 'vc1', 'vc1test', 'dirac', 'dnxhd', 'cavsvideo', 'avs2', 'avs3', 'yuv4mpegpipe'],
];

/** The list as FFmpeg's option `format_whitelist` takes it. */
export const containerWhitelist = CONTAINERS.join(',');

/**
 * FFmpeg's arguments that open `input` as one of these formats and as nothing else, for `runFfmpeg`.
 *
 * @example await runFfmpeg([...inputArguments('a'), '-an', 'b.mp4'], { inputs: { a: path }, outputs: { 'b.mp4': copy } })
 */
export function inputArguments(input: string): string[] {
  return ['-format_whitelist', containerWhitelist, '-i', input];
}

/** Whether a demuxer, by FFmpeg's name of it (`mov,mp4,m4a,3gp,3g2,mj2`), is one of those that are read. */
export function isContainer(name: string): boolean {
  return name.split(',').some((each) => CONTAINERS.includes(each));
}

/** Why a file of another format is not read. */
export function refusedFormat(name: string): string {
  return (
    `its format (${name}) is not one that holds a video's pictures itself (mp4, mkv, webm, avi, mpg, ts, …): ` +
    'playlists, manifests, single pictures and text are not opened'
  );
}

/** FFmpeg's name of a format that its log says was refused. */
export function refusedFormatIn(log: readonly string[]): string | undefined {
  for (const line of log) {
    const name = /^\[(\S+) @ 0x[0-9a-f]+\] Format not on whitelist/.exec(line)?.[1];
    if (name) return name;
  }
  return undefined;
}

/** @throws VideoError `zero-frames` for a stream without a packet, `not-a-video` for a single picture */
export function requireMovingPictures(packets: readonly unknown[], container: string, path: string): void {
  if (packets.length === 0) throw new VideoError('zero-frames', path, 'the video stream holds no packet');
  if (packets.length === 1 && container === MOTION_JPEG) {
    throw new VideoError('not-a-video', path, refusedFormat('a JPEG picture'));
  }
}
