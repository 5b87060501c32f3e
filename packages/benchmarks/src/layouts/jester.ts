import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError, shown } from '../benchmark-error.js';
import { checkClassCount, labelLookup, readClassNames } from '../class-names.js';
import { readCsvTable } from '../comma-separated.js';
import { FileListing } from '../file-listing.js';
import { parseIndex, readLines } from '../text-file.js';
import { findAnnotations, findVideos } from './find-annotations.js';
import { namedVideo } from './named-video.js';

/** Where Jester lies, and what of it is read. */
export interface JesterOptions extends MissingFilesOptions {
  /** The test list has no public labels. */
  split: 'train' | 'val';
  /** Folder searched for what is not given. */
  root: string;
  /** `jester-v1-{train,validation}.csv`. */
  annotations?: string | undefined;
  /** `jester-v1-labels.csv`: the gestures in label order, one a line. */
  labels?: string | undefined;
  /** Folder with, for each video, a folder of frames `{id}/00001.jpg`, or a file `{id}.mp4` or `.webm`. */
  videos?: string | undefined;
  /** Default 27. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads Jester: the official lists (`id;label`, also `id label`, or a table with the columns `video_id` and `label`), the
 * list of its gestures, and videos as folders of frames, 12 a second, as the official archives have them, or as files.
 *
 * @throws BenchmarkError for missing files, lines without id or label, and gestures that are not in the list
 */
export async function loadJester(options: JesterOptions): Promise<Benchmark> {
  const { split, root, expectedClasses = 27 } = options;
  const names = split === 'val' ? ['jester-v1-validation.csv', 'Validation.csv'] : ['jester-v1-train.csv', 'Train.csv'];
  const annotations = options.annotations ?? (await findAnnotations(root, names));
  const labels = options.labels ?? (await findAnnotations(root, ['jester-v1-labels.csv', 'labels.csv', 'Labels.csv']));
  const videos = options.videos ?? (await findVideos(root, ['20bn-jester-v1', 'videos', 'Train', 'frames']));
  const classNames = await readClassNames(labels);
  checkClassCount(labels, classNames, expectedClasses);
  const labelOf = labelLookup(classNames);
  const listing = new FileListing();
  const all = await Promise.all(
    (await readList(annotations)).map(async ({ id, label, line }) => ({
      path: await namedVideo(videos, id, ['', '.mp4', '.webm', '.mkv', '.avi'], listing),
      label: labelOf(classNames[parseIndex(label) ?? -1] ?? label, annotations, line),
    })),
  );
  return { name: 'jester', split, ...(await separateMissing(all, annotations, listing, options)), classNames };
}

async function readList(path: string): Promise<{ id: string; label: string; line: number }[]> {
  const lines = await readLines(path);
  if (/[a-z]/i.test(lines[0]?.text.split(/[;,\s]/)[0] ?? '')) {
    const table = await readCsvTable(path, ['video_id', 'label']);
    return table.rows.map(({ line, get }) => ({ id: get('video_id'), label: get('label'), line }));
  }
  return lines.map(({ text, number: line }) => {
    const [, id, label] = /^\s*(\d+)(?:[;,\s]\s*(.*?))?\s*$/.exec(text) ?? [];
    if (id === undefined) throw new BenchmarkError(path, `${shown(text)} is not 'id;label'`, line);
    if (!label) throw new BenchmarkError(path, `video ${id} has no label; the test list has none`, line);
    return { id, label, line };
  });
}
