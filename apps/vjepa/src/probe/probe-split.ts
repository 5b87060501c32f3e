import { sampleOrder } from '@vjepa/video';
import { CommandError } from '../command-error.js';
import type { IndexedVideo } from '../data/index-file.js';

/** A video of a probe: its class counted from 0 over the classes that occur, and the part it belongs to. */
export interface ProbeVideo {
  path: string;
  label: number;
  heldOut: boolean;
}

export interface ProbeSplit {
  videos: ProbeVideo[];
  numClasses: number;
}

/**
 * Chooses a probe's videos from a labelled list and holds a part of them out: as many of each class as possible, drawn
 * by the list alone, so that every probe of a run, resumed or not, is of the same videos. A path that is listed twice
 * counts once; a video without a label (-1) is left out, and so is a class with a single video, as it can be learned
 * from or tested on but not both.
 *
 * @param most videos to choose
 * @param heldOutShare the part of each class that is held out, 0..1; at least one video, and not all of them
 * @throws CommandError naming `source` when fewer than two classes are left
 */
export function probeSplit(
  list: readonly IndexedVideo[],
  { most, heldOutShare, source }: { most: number; heldOutShare: number; source: string },
): ProbeSplit {
  const classes = new Map<number, string[]>();
  for (const [path, label] of new Map(list.map(({ path, label }) => [path, label]))) {
    if (label < 0) continue;
    classes.set(label, [...(classes.get(label) ?? []), path]);
  }
  const usable = [...classes].filter(([, paths]) => paths.length > 1).sort(([a], [b]) => a - b);
  const perClass = Math.max(2, Math.floor(most / usable.length));
  if (usable.length < 2) {
    throw new CommandError(
      `${source}: a probe needs at least two classes of two videos each, found ${usable.length}; ` +
        'name a labelled list in probe.dataset, or leave probe out',
    );
  }
  const videos = usable.flatMap(([label, paths], place) => {
    const order = sampleOrder({ length: paths.length, epoch: label, seed: 0 });
    const chosen = [...order.subarray(0, perClass)].map((i) => paths[i]!);
    const heldOut = Math.min(chosen.length - 1, Math.max(1, Math.round(heldOutShare * chosen.length)));
    return chosen.map((path, i) => ({ path, label: place, heldOut: i < heldOut }));
  });
  return { videos, numClasses: usable.length };
}
