import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { checkClassCount, labelLookup, readClassNames } from '../class-names.js';
import { FileListing } from '../file-listing.js';
import { readJson } from '../text-file.js';
import { findAnnotations, findVideos } from './find-annotations.js';
import { namedVideo } from './named-video.js';

/** Where Something-Something v2 lies, and what of it is read. */
export interface SomethingSomethingOptions extends MissingFilesOptions {
  /** 'test' has no public labels. */
  split: 'train' | 'val';
  /** Folder searched for what is not given. */
  root: string;
  /** `something-something-v2-{train,validation}.json`. */
  annotations?: string | undefined;
  /** `something-something-v2-labels.json`. */
  labels?: string | undefined;
  /** Folder of `{id}.webm` (or .mp4). */
  videos?: string | undefined;
  /** Default 174. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads Something-Something v2: the official json lists (`{ id, template }`) and label map, videos named by id. The
 * template without its brackets is the class name.
 *
 * @throws BenchmarkError for missing files, records without id or template, unknown templates
 */
export async function loadSomethingSomething(options: SomethingSomethingOptions): Promise<Benchmark> {
  const { split, root, expectedClasses = 174 } = options;
  const listName = split === 'val' ? 'validation' : split;
  const annotations = options.annotations ?? (await findAnnotations(root, jsonNames(listName)));
  const labels = options.labels ?? (await findAnnotations(root, jsonNames('labels')));
  const videos = options.videos ?? (await findVideos(root, ['20bn-something-something-v2', 'videos', 'sthv2']));
  const classNames = await readClassNames(labels);
  checkClassCount(labels, classNames, expectedClasses);
  const labelOf = labelLookup(classNames);
  const listing = new FileListing();
  const all = await Promise.all(
    (await readRecords(annotations)).map(async ({ id, template }) => ({
      path: await namedVideo(videos, id, ['.webm', '.mp4'], listing),
      label: labelOf(template.replace(/[[\]]/g, ''), annotations),
    })),
  );
  const files = await separateMissing(all, annotations, listing, options);
  return { name: 'something-something-v2', split, ...files, classNames };
}

async function readRecords(path: string): Promise<{ id: string; template: string }[]> {
  const json = await readJson(path);
  if (!Array.isArray(json)) throw new BenchmarkError(path, 'expected a list of { id, template } records');
  return json.map((record: { id?: unknown; template?: unknown } | null, place) => {
    const id = record?.id;
    const template = record?.template;
    if ((typeof id !== 'string' && typeof id !== 'number') || id === '') {
      throw new BenchmarkError(path, `record ${place} has no id: ${JSON.stringify(record)}`);
    }
    if (typeof template !== 'string') {
      throw new BenchmarkError(path, `record ${place} (video ${id}) has no template; the test list has no labels`);
    }
    return { id: String(id), template };
  });
}

function jsonNames(name: string): string[] {
  return [`something-something-v2-${name}.json`, `${name}.json`];
}
