import { join, resolve } from 'node:path';
import { videoIndexText } from '@vjepa/benchmarks';
import { lockFolder, makeFolder, writeFileAtomically } from '@vjepa/training';
import { PrepareError, prepareVideos } from '@vjepa/video';
import { CommandError } from '../command-error.js';
import { OUTPUT_REMEDY } from '../commands/output-option.js';
import { noticeOnStop } from '../commands/stop-notice.js';
import { readVideos } from '../data/datasets.js';
import { createTaskProgress } from '../display/task-progress.js';
import { invocation } from '../invocation.js';

export interface PrepareOptions {
  index: string;
  output: string;
  shortSide: number;
  gop: number;
  crf: number;
  workers: number;
  ffmpeg: 'auto' | 'cli' | 'wasm';
  timeLimit: number;
  json?: boolean;
}

/**
 * Copies every video of an index small and quick to seek in, and writes an index of the copies. A copy that is there is
 * kept, so an interrupted call goes on where it stopped. Resolves to the exit code: 1 when a video could not be copied.
 */
export async function prepare(options: PrepareOptions): Promise<number> {
  const { shortSide, gop, crf, workers, ffmpeg } = options;
  const listed = await readVideos(options.index);
  const folder = resolve(options.output);
  makeFolder(folder, OUTPUT_REMEDY);
  using _notice = noticeOnStop(() => `go on with: ${invocation()}`);
  using _lock = await lockFolder(folder, {
    purpose: 'a prepare',
    say: (line) => process.stderr.write(`${line}\n`),
    remedy: OUTPUT_REMEDY,
  });
  const paths = new Set(listed.map(({ path }) => path));
  const progress = createTaskProgress({ total: paths.size, unit: 'videos' });
  const { videos, transcoder } = await prepareVideos({
    ...{ videos: paths, folder, shortSide, gop, crf, workers, ffmpeg, timeoutMs: options.timeLimit * 1000 },
    onPrepared: ({ outcome }) => progress.advance(outcome === 'failed'),
  })
    .catch((error: unknown) => {
      throw error instanceof PrepareError ? inOptions(error, ffmpeg) : error;
    })
    .finally(() => progress.close());

  const prepared = new Map(videos.map((video) => [video.path, video]));
  const copies = listed
    .filter(({ path }) => prepared.get(path)!.outcome !== 'failed')
    .map((video) => ({ ...video, path: prepared.get(video.path)!.copy }));
  const index = join(folder, 'index.csv');
  writeFileAtomically(index, videoIndexText(copies, index));
  const failed = videos.filter(({ outcome }) => outcome === 'failed');
  const made = videos.filter(({ outcome }) => outcome === 'made').length;
  const kept = videos.length - made - failed.length;
  if (options.json) {
    const bad = failed.map(({ path, reason }) => ({ path, reason }));
    process.stdout.write(`${JSON.stringify({ index, made, kept, bad, transcoder }, null, 2)}\n`);
  } else {
    for (const { path, reason } of failed) process.stdout.write(`${path}: ${reason}\n`);
    if (failed.length > 0 && transcoder === 'ffmpeg.wasm') {
      process.stdout.write('an ffmpeg on the PATH may read what ffmpeg.wasm cannot (AV1, for one)\n');
    }
    process.stdout.write(
      `${made} copies made with ${transcoder}, ${kept} were there, ${failed.length} failed\n${index}\n`,
    );
  }
  return failed.length > 0 ? 1 : 0;
}

/** What cannot be prepared as asked, with the command's options as its remedy. */
function inOptions(error: PrepareError, ffmpeg: string): CommandError {
  const message =
    error.setting === 'folder'
      ? `${error.problem}: use the same settings or another --output`
      : `--ffmpeg ${ffmpeg}: ${error.problem}: install FFmpeg, set FFMPEG_PATH, or use --ffmpeg wasm`;
  return new CommandError(message, { cause: error });
}
