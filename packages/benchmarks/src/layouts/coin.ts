import { join } from 'node:path';
import { type Benchmark, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError } from '../benchmark-error.js';
import { checkClassCount } from '../class-names.js';
import { FileListing } from '../file-listing.js';
import { readJson } from '../text-file.js';
import { findAnnotations, findVideos } from './find-annotations.js';
import { videosByName } from './named-video.js';

/** Where COIN lies, and what of it is read. */
export interface CoinOptions extends MissingFilesOptions {
  /** 'val' is the official test part, on which results are published. */
  split: 'train' | 'val';
  /** Folder searched for what is not given. */
  root: string;
  /** `COIN.json`. */
  annotations?: string | undefined;
  /** Folder of `{recipe_type}/{id}.mp4`, as the official script downloads them, or of `{id}.mp4` at any depth. */
  videos?: string | undefined;
  /** Default 180. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads COIN: the official database (each video's `class`, its number `recipe_type`, and `subset`), and videos named by
 * YouTube id. The task of a whole video is its label: `start`, `end` and the annotated steps are not read, as in the
 * published evaluations. Labels follow the tasks' numbers.
 *
 * @throws BenchmarkError for missing files, records without class, number or subset, and a number of two classes
 */
export async function loadCoin(options: CoinOptions): Promise<Benchmark> {
  const { split, root, expectedClasses = 180 } = options;
  const annotations = options.annotations ?? (await findAnnotations(root, ['COIN.json', 'coin.json']));
  const videos = options.videos ?? (await findVideos(root, ['videos']));
  const records = await readDatabase(annotations);
  const tasks = tasksOf(annotations, records);
  checkClassCount(annotations, [...tasks.values()], expectedClasses);
  const labels = new Map([...tasks.keys()].map((number, label) => [number, label]));
  const files = await videosByName(videos);
  const all = records
    .filter(({ subset }) => (subset === 'training') === (split === 'train'))
    .map(({ id, number }) => ({
      path: files.get(id) ?? join(videos, String(number), `${id}.mp4`),
      label: labels.get(number)!,
    }));
  return {
    ...{ name: 'coin', split, classNames: [...tasks.values()] },
    ...(await separateMissing(all, annotations, new FileListing(), options)),
  };
}

/** One annotated video. */
interface CoinRecord {
  id: string;
  task: string;
  /** `recipe_type` */
  number: number;
  subset: string;
}

const SUBSETS = ['training', 'testing', 'validation'];

async function readDatabase(path: string): Promise<CoinRecord[]> {
  const json = (await readJson(path)) as { database?: unknown } | null;
  const database = json?.database;
  if (typeof database !== 'object' || database === null || Array.isArray(database)) {
    throw new BenchmarkError(
      path,
      "expected { database: { id: { class, recipe_type, subset } } }; there is no 'database'",
    );
  }
  return Object.entries(database).map(([id, value]) => {
    const { class: task, recipe_type: number, subset } = (value ?? {}) as Record<string, unknown>;
    if (typeof task !== 'string' || task === '') throw new BenchmarkError(path, `video '${id}' has no class`);
    if (typeof number !== 'number' || !Number.isInteger(number)) {
      throw new BenchmarkError(
        path,
        `video '${id}' has recipe_type ${JSON.stringify(number)}; expected a whole number`,
      );
    }
    if (typeof subset !== 'string' || !SUBSETS.includes(subset)) {
      throw new BenchmarkError(
        path,
        `video '${id}' has subset ${JSON.stringify(subset)}; expected ${SUBSETS.join(', ')}`,
      );
    }
    return { id, task, number, subset };
  });
}

/** Names of the tasks by their numbers, ascending. */
function tasksOf(path: string, records: readonly CoinRecord[]): Map<number, string> {
  const tasks = new Map<number, string>();
  for (const { id, task, number } of [...records].sort((a, b) => a.number - b.number)) {
    const known = tasks.get(number) ?? task;
    if (known !== task) {
      throw new BenchmarkError(path, `recipe_type ${number} is ${known}, and ${task} in video '${id}'`);
    }
    tasks.set(number, task);
  }
  return tasks;
}
