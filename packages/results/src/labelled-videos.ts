import { join } from 'node:path';
import {
  type GeneratedFolder,
  type GeneratedSplit,
  type LabelKind,
  lowShotSplit,
  type MovingObjectsFiles,
  readVideoIndex,
  videoIndexText,
  writeMovingObjects,
} from '@vjepa/benchmarks';
import { makeFolder, writeFileAtomically } from '@vjepa/training';
import { encodeVideos, type LabelledVideo } from '@vjepa/video';

/** A generated set of videos, by its lists. */
export interface LabelledSets {
  folder: string;
  classNames: Record<LabelKind, readonly string[]>;
  /** The videos of a part in the order of its list, which is the same for every label. */
  read(split: GeneratedSplit, label: LabelKind): Promise<LabelledVideo[]>;
  /** The list itself. */
  list(split: GeneratedSplit, label: LabelKind): string;
  /** A list of a share of the training videos, the same of every class. */
  partialList(label: LabelKind, part: { share: number; seed: number }): Promise<string>;
}

/** Writes the videos that are missing of a set. */
export async function writeLabelledSets(
  folder: string,
  files: MovingObjectsFiles,
  options: { concurrency: number; signal: AbortSignal | undefined; onProgress: (share: number) => void },
): Promise<LabelledSets> {
  const { indexes, classNames } = await writeMovingObjects(folder, files, {
    ...{ encode: encodeVideos, concurrency: options.concurrency },
    ...(options.signal && { signal: options.signal }),
    onProgress: ({ done, total }) => options.onProgress(total === 0 ? 1 : done / total),
  });
  return labelledSets(folder, indexes, classNames as LabelledSets['classNames']);
}

function labelledSets(
  folder: string,
  indexes: GeneratedFolder<LabelKind>['indexes'],
  classNames: LabelledSets['classNames'],
): LabelledSets {
  const list = (split: GeneratedSplit, label: LabelKind) => indexes[split]![label]!;
  const read = async (split: GeneratedSplit, label: LabelKind) => (await readVideoIndex(list(split, label))).entries;
  return {
    folder,
    classNames,
    read,
    list,
    async partialList(label, { share, seed }) {
      if (share === 1) return list('train', label);
      const path = join(folder, 'parts', `train.${label}.${100 * share}.seed-${seed}.csv`);
      makeFolder(join(folder, 'parts'));
      const drawn = lowShotSplit(await read('train', label), { fraction: share, seed });
      writeFileAtomically(path, videoIndexText(drawn, path));
      return path;
    },
  };
}
