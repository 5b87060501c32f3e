import { join } from 'node:path';
import { type BenchmarkEntry, type MissingFilesOptions, separateMissing } from '../benchmark.js';
import { BenchmarkError, shown } from '../benchmark-error.js';
import { readCsvTable } from '../comma-separated.js';
import { FileListing, firstExisting } from '../file-listing.js';
import { parseIndex } from '../text-file.js';
import { pythonSetOrder } from './python-set-order.js';

/** Where EPIC-Kitchens-100 lies, and what of it is read. */
export interface EpicKitchensOptions extends MissingFilesOptions {
  /** Folder of the annotations, `EPIC_100_train.csv` and the others, by their official names. */
  annotations: string;
  /** Folder of the videos: `P01/P01_01.MP4`, `P01/videos/P01_01.MP4` (as the official download has them) or flat. */
  videos: string;
  /** Splits whose videos must be there. Default both. */
  splits?: readonly EpicKitchensSplit[] | undefined;
}

/** The parts of the set with public labels. */
export type EpicKitchensSplit = 'train' | 'validation';

/** An action in a video. */
export interface EpicKitchensAction extends BenchmarkEntry {
  /** The narration's id, `P01_01_0`. */
  id: string;
  /** First and last frame of the action, by which the video's own frames are counted. */
  start: number;
  stop: number;
}

/** EPIC-Kitchens-100 as it is used for anticipation: classes are those of the training set. */
export interface EpicKitchens {
  name: 'epic-kitchens-100';
  /** Labels are action classes. Empty where the split's videos were not asked for. */
  train: EpicKitchensPart;
  /** Without the actions of which the training set has none. */
  validation: EpicKitchensPart;
  /** How many validation actions are left out for that. */
  leftOut: number;
  /** Names of the verbs, nouns and actions, in label order. */
  classes: { verb: string[]; noun: string[]; action: string[] };
  /** Verb and noun of each action class. */
  verbOfAction: number[];
  nounOfAction: number[];
}

/** One split. */
export interface EpicKitchensPart {
  /** The annotation file. */
  source: string;
  entries: EpicKitchensAction[];
  missing: EpicKitchensAction[];
}

/**
 * Reads EPIC-Kitchens-100: the official csv of actions and the names of verb and noun classes where they lie beside it.
 *
 * An action class is a pair of verb and noun that the training set has; the published evaluation leaves out validation
 * actions of other pairs. It numbers the classes as Python happens to walk a set of them: so do released probes, and so
 * does this.
 *
 * @throws BenchmarkError for missing files, missing columns and malformed lines
 */
export async function loadEpicKitchens(options: EpicKitchensOptions): Promise<EpicKitchens> {
  const { annotations, videos, splits = ['train', 'validation'] } = options;
  const sources = {
    train: await findCsv(annotations, ['EPIC_100_train.csv']),
    validation: await findCsv(annotations, ['EPIC_100_validation.csv', 'EPIC_100_val.csv']),
  };
  const narrated = { train: await readActions(sources.train), validation: await readActions(sources.validation) };
  const pairs = pythonSetOrder(narrated.train.map(({ verb, noun }) => [verb, noun] as const));
  const verbs = ids(pairs.map(([verb]) => verb));
  const nouns = ids(pairs.map(([, noun]) => noun));
  const labelOf = new Map(pairs.map((pair, label) => [pair.join(), label]));
  const label = ({ verb, noun }: Narrated) => labelOf.get(`${verb},${noun}`);
  const kept = narrated.validation.filter((action) => label(action) !== undefined);

  if (kept.length === 0) {
    const problem = `none of its ${narrated.validation.length} actions is a pair of verb and noun that ${sources.train} has`;
    throw new BenchmarkError(sources.validation, `${problem}; give annotations of one data set`);
  }

  const listing = new FileListing();
  const part = async (split: EpicKitchensSplit, actions: readonly Narrated[]): Promise<EpicKitchensPart> => {
    const source = sources[split];
    if (!splits.includes(split)) return { source, entries: [], missing: [] };
    const entries = await Promise.all(
      actions.map(async (action): Promise<EpicKitchensAction> => {
        const { id, start, stop } = action;
        return { path: await videoPath(videos, action, listing), label: label(action)!, id, start, stop };
      }),
    );
    return { source, ...(await separateMissing(entries, source, listing, options)) };
  };

  const verb = await classNames(annotations, 'verb', verbs);
  const noun = await classNames(annotations, 'noun', nouns);
  const verbOfAction = pairs.map(([id]) => verbs.indexOf(id));
  const nounOfAction = pairs.map(([, id]) => nouns.indexOf(id));
  const action = pairs.map((_, at) => `${verb[verbOfAction[at]!]} ${noun[nounOfAction[at]!]}`);
  return {
    name: 'epic-kitchens-100',
    train: await part('train', narrated.train),
    validation: await part('validation', kept),
    leftOut: narrated.validation.length - kept.length,
    classes: { verb, noun, action },
    ...{ verbOfAction, nounOfAction },
  };
}

/** An action as it is annotated: verb and noun by their official ids. */
interface Narrated {
  id: string;
  participant: string;
  video: string;
  start: number;
  stop: number;
  verb: number;
  noun: number;
}

async function readActions(path: string): Promise<Narrated[]> {
  const columns = ['narration_id', 'participant_id', 'video_id', 'start_frame', 'stop_frame'];
  const { rows } = await readCsvTable(path, [...columns, 'verb_class', 'noun_class']);
  if (rows.length === 0) throw new BenchmarkError(path, 'lists no actions');
  return rows.map(({ line, get }) => {
    const name = (column: string) => {
      const text = get(column);
      // What names a file must not lead out of the folder.
      if (/^[\w-]+$/.test(text)) return text;
      throw new BenchmarkError(path, `'${column}' is ${shown(text)}; expected an id such as P01_01`, line);
    };
    const number = (column: string) => {
      const value = parseIndex(get(column));
      if (value !== undefined) return value;
      throw new BenchmarkError(path, `'${column}' is ${shown(get(column))}; expected a whole number`, line);
    };
    const [start, stop] = [number('start_frame'), number('stop_frame')];
    if (stop < start) {
      throw new BenchmarkError(path, `the action runs from frame ${start} to ${stop}; expected the end later`, line);
    }
    const [verb, noun] = [number('verb_class'), number('noun_class')];
    const [participant, video] = [name('participant_id'), name('video_id')];
    return { id: get('narration_id'), participant, video, start, stop, verb, noun };
  });
}

/** The ids that occur, each once, ascending: as Python walks a set of such small numbers. */
function ids(all: readonly number[]): number[] {
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Names of some classes; their numbers where no names lie beside the annotations. */
async function classNames(folder: string, kind: 'verb' | 'noun', wanted: readonly number[]): Promise<string[]> {
  const path = await firstExisting([join(folder, `EPIC_100_${kind}_classes.csv`)]);
  if (path === undefined) return wanted.map((id) => `${kind} ${id}`);
  const { rows } = await readCsvTable(path, ['id', 'key']);
  const names = new Map(rows.map(({ get }) => [parseIndex(get('id')), get('key')]));
  return wanted.map((id) => {
    const name = names.get(id);
    if (name === undefined) throw new BenchmarkError(path, `has no class ${id}, which the actions have`);
    return name;
  });
}

async function findCsv(folder: string, names: readonly string[]): Promise<string> {
  const found = await firstExisting(names.map((name) => join(folder, name)));
  if (found !== undefined) return found;
  throw new BenchmarkError(folder, `holds no ${names[0]}; put the official annotations there`, undefined, 'missing');
}

/** Where a video is, or where the official download would have put it. */
async function videoPath(root: string, { participant, video }: Narrated, listing: FileListing): Promise<string> {
  const folders = [join(participant, 'videos'), participant, ''];
  const candidates = folders.flatMap((folder) =>
    ['.MP4', '.mp4'].map((extension) => join(root, folder, `${video}${extension}`)),
  );
  for (const path of candidates) if (await listing.has(path)) return path;
  return candidates[0]!;
}
