import { join, resolve } from 'node:path';
import { openVideo, VideoError } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { readVideos } from '../data/datasets.js';
import { createTaskProgress } from '../display/task-progress.js';
import { parallelMap } from '../parallel-map.js';
import { writeFileAtomically } from '../run/atomic-file.js';
import { checkVideo } from '../validate/check-video.js';
import { indexText } from '../validate/validation-report.js';
import { copyPath, isPrepared, makeRoom, openPreparedFolder } from './prepared-folder.js';
import { chooseTranscoder, type TranscodeSettings } from './transcoder.js';

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
  const transcoder = chooseTranscoder(options.ffmpeg);
  const paths = [...new Set(videos.map(({ path }) => path))];
  const progress = createTaskProgress({ total: paths.length, unit: 'videos' });
  const prepared = await parallelMap(paths, options.workers, async (path): Promise<PreparedVideo> => {
    const copy = copyPath(folder, path);
    const result = await prepareVideo(path, copy, () =>
      transcoder.transcode(path, copy, settings, options.timeLimit * 1000),
    );
    progress.advance(result.outcome === 'failed');
    return result;
  }).finally(() => progress.close());

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

async function prepareVideo(path: string, copy: string, transcode: () => Promise<void>): Promise<PreparedVideo> {
  if (isPrepared(path, copy)) return { path, copy, outcome: 'kept' };
  try {
    await requireWholeSource(path);
    makeRoom(copy);
    await transcode();
  } catch (error) {
    return { path, copy, outcome: 'failed', reason: error instanceof VideoError ? error.reason : reasonOf(error) };
  }
  const check = await checkVideo(copy, { decoder: 'auto', quick: true, minFrames: 1, timeoutMs: 60_000 });
  return check.good ? { path, copy, outcome: 'made' } : { path, copy, outcome: 'failed', reason: check.reason };
}

/** FFmpeg copies what is left of a cut file without complaint. A codec that no decoder here reads, FFmpeg may. */
async function requireWholeSource(path: string): Promise<void> {
  try {
    await (await openVideo(path)).close();
  } catch (error) {
    if (error instanceof VideoError && error.code === 'unsupported-codec') return;
    throw error;
  }
}
