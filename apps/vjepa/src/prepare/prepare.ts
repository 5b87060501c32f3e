import { join, resolve } from 'node:path';
import { lockFolder, writeFileAtomically } from '@vjepa/training';
import { openVideo, VideoError, type VideoInfo } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { readVideos } from '../data/datasets.js';
import { createTaskProgress } from '../display/task-progress.js';
import { invocation } from '../invocation.js';
import { noticeOnStop } from '../run/stop-notice.js';
import { withSecondChance } from '../second-chance.js';
import { checkVideo } from '../validate/check-video.js';
import { indexText } from '../validate/validation-report.js';
import { copyPath, isPrepared, makeRoom, openPreparedFolder } from './prepared-folder.js';
import { chooseTranscoder, type Transcoder, type TranscodeSettings } from './transcoder.js';

export interface PrepareOptions extends TranscodeSettings {
  index: string;
  output: string;
  workers: number;
  ffmpeg: 'auto' | 'cli' | 'wasm';
  timeLimit: number;
  json?: boolean;
}

interface PreparedVideo {
  path: string;
  copy: string;
  /** What became of it. */
  outcome: 'made' | 'kept' | 'failed';
  reason?: string;
  /** Whether the failure says nothing about the video. */
  passing?: boolean;
}

/**
 * Copies every video of an index small and quick to seek in, and writes an index of the copies. A copy that is there is
 * kept, so an interrupted call goes on where it stopped. Resolves to the exit code: 1 when a video could not be copied.
 */
export async function prepare(options: PrepareOptions): Promise<number> {
  const { shortSide, gop, crf } = options;
  const settings = { shortSide, gop, crf };
  const videos = await readVideos(options.index, 'name yours with --index: a folder of videos, or a list');
  const folder = resolve(options.output);
  openPreparedFolder(folder, settings);
  using _notice = noticeOnStop(() => `go on with: ${invocation()}`);
  using _lock = await lockFolder(folder, {
    purpose: 'a prepare',
    say: (line) => process.stderr.write(`${line}\n`),
    remedy: 'name another with --output',
  });
  const transcoder = chooseTranscoder(options.ffmpeg);
  const paths = [...new Set(videos.map(({ path }) => path))];
  const progress = createTaskProgress({ total: paths.length, unit: 'videos' });
  const prepared = await withSecondChance(
    paths,
    options.workers,
    (path, patienceMs) => {
      const copy = copyPath(folder, path);
      return prepareVideo(path, copy, transcoder, patienceMs, (source) =>
        transcoder.transcode(source, copy, settings, options.timeLimit * 1000),
      );
    },
    ({ passing }) => passing === true,
    ({ outcome }) => progress.advance(outcome === 'failed'),
  ).finally(() => progress.close());

  const copies = new Map(prepared.map((video) => [video.path, video]));
  const usable = videos.filter(({ path }) => copies.get(path)!.outcome !== 'failed');
  const index = join(folder, 'index.csv');
  writeFileAtomically(
    index,
    indexText(
      usable.map((video) => ({ ...video, path: copies.get(video.path)!.copy })),
      index,
    ),
  );
  const failed = prepared.filter(({ outcome }) => outcome === 'failed');
  const made = prepared.filter(({ outcome }) => outcome === 'made').length;
  const kept = prepared.length - made - failed.length;
  if (options.json) {
    const bad = failed.map(({ path, reason }) => ({ path, reason }));
    process.stdout.write(`${JSON.stringify({ index, made, kept, bad, transcoder: transcoder.name }, null, 2)}\n`);
  } else {
    for (const { path, reason } of failed) process.stdout.write(`${path}: ${reason}\n`);
    if (failed.length > 0 && transcoder.name === 'ffmpeg.wasm') {
      process.stdout.write('an ffmpeg on the PATH may read what ffmpeg.wasm cannot (AV1, for one)\n');
    }
    process.stdout.write(
      `${made} copies made with ${transcoder.name}, ${kept} were there, ${failed.length} failed\n${index}\n`,
    );
  }
  return failed.length > 0 ? 1 : 0;
}

async function prepareVideo(
  path: string,
  copy: string,
  transcoder: Transcoder,
  patienceMs: number,
  transcode: (source: VideoInfo) => Promise<void>,
): Promise<PreparedVideo> {
  if (isPrepared(path, copy)) return { path, copy, outcome: 'kept' };
  try {
    const source = await describeSource(path, transcoder, patienceMs);
    makeRoom(copy);
    await transcode(source);
  } catch (error) {
    if (!(error instanceof VideoError)) return { path, copy, outcome: 'failed', reason: reasonOf(error) };
    return { path, copy, outcome: 'failed', reason: error.reason, passing: error.passing };
  }
  const check = await checkVideo(copy, { decoder: 'auto', quick: true, minFrames: 1, timeoutMs: 60_000 });
  return check.good ? { path, copy, outcome: 'made' } : { path, copy, outcome: 'failed', reason: check.reason };
}

/**
 * What decoders see in a video, and so what belongs into its copy. A file that is cut is refused here: FFmpeg copies what
 * is left of it without complaint. A codec that the chosen decoder does not read, the transcoder's FFmpeg may.
 */
async function describeSource(path: string, transcoder: Transcoder, patienceMs: number): Promise<VideoInfo> {
  const open = async (decoder: 'auto' | Transcoder['decoder']) => {
    const video = await openVideo(path, { decoder, patienceMs });
    await video.close();
    return video.info;
  };
  return open('auto').catch((error: unknown) => {
    if (error instanceof VideoError && error.code === 'unsupported-codec') return open(transcoder.decoder);
    throw error;
  });
}
