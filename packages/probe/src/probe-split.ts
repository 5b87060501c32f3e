import { torchRandom } from '@vjepa/random';

/** A video and its class: a number from 0, else a name. One that has neither has label -1. */
export interface ClassedVideo {
  path: string;
  label: number;
  className?: string;
}

/** A video of a probe: its class counted from 0 over the classes that occur, and the part it belongs to. */
export interface ProbeVideo {
  path: string;
  label: number;
  heldOut: boolean;
}

/** The videos of a probe. */
export interface ProbeSplit {
  videos: ProbeVideo[];
  numClasses: number;
}

/**
 * Chooses a probe's videos from a labelled list and holds a part of them out: as many of each class as possible, drawn
 * by the list alone, so that every probe of a run, resumed or not, is of the same videos. A path that is listed twice
 * counts once; a video without a class is left out, and so is a class with a single video, as it can be learned
 * from or tested on but not both.
 *
 * @param most videos to choose
 * @param heldOutShare the part of each class that is held out, 0..1; at least one video, and not all of them
 * @throws RangeError when fewer than two classes are left
 */
export function probeSplit(
  list: readonly ClassedVideo[],
  { most, heldOutShare }: { most: number; heldOutShare: number },
): ProbeSplit {
  const usable = [...pathsByClass(list)].filter(([, paths]) => paths.length > 1);
  const perClass = Math.max(2, Math.floor(most / usable.length));
  if (usable.length < 2) {
    throw new RangeError(`a probe needs at least two classes of two videos each, found ${usable.length}`);
  }
  const videos = usable.flatMap(([label, paths], place) => {
    const order = torchRandom(typeof label === 'number' ? label : place).permutation(paths.length);
    const chosen = [...order.subarray(0, perClass)].map((i) => paths[i]!);
    const heldOut = Math.min(chosen.length - 1, Math.max(1, Math.round(heldOutShare * chosen.length)));
    return chosen.map((path, i) => ({ path, label: place, heldOut: i < heldOut }));
  });
  return { videos, numClasses: usable.length };
}

/** Paths of each class, numbers first, in order. */
function pathsByClass(list: readonly ClassedVideo[]): Map<number | string, string[]> {
  const classes = new Map<number | string, string[]>();
  const classOf = new Map(list.map(({ path, label, className }) => [path, label >= 0 ? label : className]));
  for (const [path, key] of classOf) {
    if (key === undefined) continue;
    const paths = classes.get(key) ?? [];
    paths.push(path);
    classes.set(key, paths);
  }
  const numbers = [...classes].filter((one): one is [number, string[]] => typeof one[0] === 'number');
  const names = [...classes].filter((one): one is [string, string[]] => typeof one[0] === 'string');
  return new Map<number | string, string[]>([
    ...numbers.sort(([a], [b]) => a - b),
    ...names.sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}
