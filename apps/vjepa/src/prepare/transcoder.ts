import { execFile, spawnSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { inputArguments, runFfmpeg, sourceArguments } from '@vjepa/video';

export interface TranscodeSettings {
  /** The shorter side of the copy in pixels; smaller videos keep their size. */
  shortSide: number;
  /** Frames between two key frames. */
  gop: number;
  /** x264's constant rate factor, 0 (lossless) to 51. */
  crf: number;
}

/** Makes a training-friendly copy of a video; the copy appears only when it is whole. */
export interface Transcoder {
  /** For messages. */
  name: string;
  transcode(input: string, output: string, settings: TranscodeSettings, timeoutMs: number): Promise<void>;
}

const run = promisify(execFile);

/** FFmpeg from the PATH where it is there and has x264, which is several times faster; else the one that comes along. */
export function chooseTranscoder(wanted: 'auto' | 'cli' | 'wasm' = 'auto'): Transcoder {
  if (wanted === 'wasm' || (wanted === 'auto' && !hasFfmpeg())) return embeddedTranscoder;
  return commandLineTranscoder;
}

function hasFfmpeg(): boolean {
  const { status, stdout } = spawnSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8', timeout: 10_000 });
  return status === 0 && stdout.includes('libx264');
}

const embeddedTranscoder: Transcoder = {
  name: 'ffmpeg.wasm',
  async transcode(input, output, settings, timeoutMs) {
    const source = inputArguments('input');
    const args = ['-v', 'error', ...source, ...encoding(settings), '-threads', '1', 'output.mp4'];
    await runFfmpeg(args, { inputs: { input }, outputs: { 'output.mp4': output }, timeoutMs });
  },
};

const commandLineTranscoder: Transcoder = {
  name: 'ffmpeg',
  async transcode(input, output, settings, timeoutMs) {
    const partial = `${output}.${process.pid}.partial.mp4`;
    const source = sourceArguments(input);
    const args = [
      '-v',
      'error',
      '-nostdin',
      '-y',
      ...source,
      ...encoding(settings),
      '-threads',
      '1',
      `file:${partial}`,
    ];
    try {
      await run('ffmpeg', args, { timeout: timeoutMs });
      renameSync(partial, output);
    } catch (error) {
      rmSync(partial, { force: true });
      const said = String((error as { stderr?: unknown }).stderr ?? '')
        .replaceAll(`${input}: `, '')
        .trim();
      throw new Error(said === '' ? (error as Error).message : said.split('\n').slice(-3).join('; '));
    }
  },
};

/** The first picture track, upright, every frame with its own time stamp, H.264 4:2:0 with even sides, no sound. */
function encoding({ shortSide, gop, crf }: TranscodeSettings): string[] {
  const side = (length: string) => `trunc(min(${shortSide},${length})/2)*2`;
  const scale = `scale=w='if(gt(iw,ih),-2,${side('iw')})':h='if(gt(iw,ih),${side('ih')},-2)':flags=bicubic`;
  return [
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-vf', scale, '-vsync', 'passthrough', '-enc_time_base', '-1'],
    ...['-c:v', 'libx264', '-preset', 'fast', '-pix_fmt', 'yuv420p', '-crf', String(crf)],
    ...['-g', String(gop), '-movflags', '+faststart'],
  ];
}
