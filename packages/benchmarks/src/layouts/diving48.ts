import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { checkClassCount } from '../class-names.js';
import { FileListing } from '../file-listing.js';
import { readJson } from '../text-file.js';
import { findAnnotations, findVideos } from './find-annotations.js';
import { namedVideo } from './named-video.js';

/** Where Diving48 lies, and what of it is read. */
export interface Diving48Options extends MissingFilesOptions {
  /** 'val' is the official test list, on which results are published. */
  split: 'train' | 'val';
  /** Folder searched for what is not given. */
  root: string;
  /** `Diving48_V2_{train,test}.json`. */
  annotations?: string | undefined;
  /** `Diving48_vocab.json`: the dives in label order. */
  vocabulary?: string | undefined;
  /** Folder of `{vid_name}.mp4`. */
  videos?: string | undefined;
  /** Default 48. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads Diving48 V2: the official lists (`{ vid_name, label, start_frame, end_frame }`) and vocabulary, and videos that
 * are cut to one dive each, as the official archive has them (`rgb/{vid_name}.mp4`). A whole video is a sample: its
 * frames say which part of the recording it was, and the published evaluations do not read them.
 *
 * @throws BenchmarkError for missing files, the first version's lists, records without name or label, and labels that
 *   the vocabulary does not have
 */
export async function loadDiving48(options: Diving48Options): Promise<Benchmark> {
  const { split, root, expectedClasses = 48 } = options;
  const annotations = options.annotations ?? (await findList(root, split === 'val' ? 'test' : split));
  const vocabulary = options.vocabulary ?? (await findAnnotations(root, ['Diving48_vocab.json']));
  const videos = options.videos ?? (await findVideos(root, ['rgb', 'videos']));
  const classNames = await readVocabulary(vocabulary);
  checkClassCount(vocabulary, classNames, expectedClasses);
  const listing = new FileListing();
  const all = await Promise.all(
    (await readRecords(annotations, classNames.length, vocabulary)).map(async ({ name, label }) => {
      return { path: await namedVideo(videos, name, ['.mp4', '.webm', '.mkv', '.avi', ''], listing), label };
    }),
  );
  return { name: 'diving48', split, ...(await separateMissing(all, annotations, listing, options)), classNames };
}

async function findList(root: string, split: string): Promise<string> {
  const list = `Diving48_V2_${split}.json`;
  try {
    return await findAnnotations(root, [list]);
  } catch (error) {
    const first = await findAnnotations(root, [`Diving48_${split}.json`]).catch(() => undefined);
    if (first === undefined) throw error;
    throw new BenchmarkError(
      first,
      `has the labels of the first version, many of which its authors corrected; results are published on ${list}`,
    );
  }
}

/** Dives, each a list of its parts, or one text. */
async function readVocabulary(path: string): Promise<string[]> {
  const json = await readJson(path);
  if (!Array.isArray(json)) throw new BenchmarkError(path, 'expected a list of dives, each a list of its parts');
  return json.map((dive: unknown, label) => {
    const name = Array.isArray(dive) ? dive.join(' ') : dive;
    if (typeof name === 'string' && name.trim() !== '') return name;
    throw new BenchmarkError(path, `entry ${label} is no dive: ${JSON.stringify(dive)}`);
  });
}

async function readRecords(
  path: string,
  classes: number,
  vocabulary: string,
): Promise<{ name: string; label: number }[]> {
  const json = await readJson(path);
  if (!Array.isArray(json)) throw new BenchmarkError(path, 'expected a list of { vid_name, label } records');
  return json.map((record: { vid_name?: unknown; label?: unknown } | null, place) => {
    const { vid_name: name, label } = record ?? {};
    if (typeof name !== 'string' || name === '') {
      throw new BenchmarkError(path, `record ${place} has no vid_name: ${JSON.stringify(record)}`);
    }
    if (typeof label !== 'number' || !Number.isInteger(label) || label < 0) {
      throw new BenchmarkError(
        path,
        `record ${place} (video ${name}) has no label from 0 on: ${JSON.stringify(label)}`,
      );
    }
    if (label >= classes) {
      const range = `0..${classes - 1}`;
      throw new BenchmarkError(
        path,
        `record ${place} (video ${name}) has label ${label}, outside the ${classes} dives of ${vocabulary} (${range})`,
      );
    }
    return { name, label };
  });
}
