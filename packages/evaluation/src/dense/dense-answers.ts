import type { AnnotatedPicture } from '@vjepa/benchmarks';
import type { DenseProbeConfig } from '@vjepa/probe';
import type { TaskProgress } from '@vjepa/training';
import type { RgbFrames, Sides } from '@vjepa/video';
import type { FeatureExtractor } from '../features/feature-extractor.js';
import { type DenseAsker, pixelAnswers } from './dense-prober.js';
import type { DenseMetric, DensePicture, DenseResult, DenseSet, PixelAnswers } from './dense-set.js';
import { type DenseWindows, denseWindows, MergedMap, windowPixels } from './dense-windows.js';

/** What answers are asked with. */
export interface DenseQuestions {
  config: DenseProbeConfig;
  extractor: FeatureExtractor;
  asker: DenseAsker;
  /** Pixels that the encoder sees at once. */
  size: Sides;
  patchSize: number;
  signal?: AbortSignal | undefined;
}

/** Of each probe. */
type ProbeAnswers = (PixelAnswers | undefined)[];

/** A picture on its way through the windows that see it. */
interface SeenPicture<Item> {
  item: Item;
  picture: RgbFrames;
  windows: DenseWindows;
  /** For each probe. */
  maps: MergedMap[] | undefined;
  left: number;
}

/** One of a picture's windows. */
interface SeenWindow<Item> {
  seen: SeenPicture<Item>;
  place: { top: number; left: number };
}

/**
 * What probes say of every pixel of pictures. A picture is resized until it covers the encoder's window, seen through windows
 * that overlap by a third, whose scores are averaged where they do, and what comes of it is interpolated to the picture as it was.
 *
 * @returns each picture with the answers of each probe, in their order; undefined of one whose scores are no numbers
 */
export async function* denseAnswers<Item extends { picture: RgbFrames }>(
  items: AsyncIterable<Item>,
  questions: DenseQuestions,
): AsyncGenerator<Item & { answers: ProbeAnswers }> {
  const { extractor, size, patchSize } = questions;
  let waiting: SeenWindow<Item>[] = [];
  const flush = async () => {
    const asked = waiting;
    waiting = [];
    return askWindows(asked, questions);
  };
  for await (const item of items) {
    const { picture } = item;
    const windows = denseWindows(picture, size, patchSize);
    const seen = { item, picture, windows, maps: undefined, left: windows.places.length };
    for (const place of windows.places) {
      waiting.push({ seen, place });
      if (waiting.length === extractor.batchSize) yield* answered(await flush(), questions);
    }
  }
  if (waiting.length > 0) yield* answered(await flush(), questions);
}

/** Asks of a batch of windows. @returns the pictures of which all windows have been seen */
async function askWindows<Item>(
  asked: readonly SeenWindow<Item>[],
  { extractor, asker, size, patchSize, signal }: DenseQuestions,
): Promise<SeenPicture<Item>[]> {
  signal?.throwIfAborted();
  const pixels = new Uint8Array(asked.length * size.height * size.width * 3);
  for (const [i, { seen, place }] of asked.entries()) {
    pixels.set(windowPixels(seen.picture, seen.windows, place, size), (i * pixels.length) / asked.length);
  }
  const probes = await asker.ask(await extractor.extract(pixels, asked.length), asked.length);
  const cells = (length: number) => (length / patchSize) * asker.cellsPerPatch;
  const done: SeenPicture<Item>[] = [];
  for (const [i, { seen, place }] of asked.entries()) {
    const { height, width } = seen.windows.resized;
    const whole = { height: cells(height), width: cells(width) };
    seen.maps ??= probes.map(() => new MergedMap(whole, asker.values));
    for (const [p, maps] of probes.entries()) {
      seen.maps[p]!.add(maps[i]!, asker.cells, { top: cells(place.top), left: cells(place.left) });
    }
    seen.left -= 1;
    if (seen.left === 0) done.push(seen);
  }
  return done;
}

function* answered<Item extends { picture: RgbFrames }>(
  done: readonly SeenPicture<Item>[],
  { config }: DenseQuestions,
): Generator<Item & { answers: ProbeAnswers }> {
  for (const { item, picture, maps } of done) {
    const answers = maps!.map((map) => {
      const mean = map.mean();
      return mean.every(Number.isFinite) ? pixelAnswers(config.task, mean, map.size, picture) : undefined;
    });
    yield { ...item, answers };
  }
}

/** How good each probe's answers are on some of a set's pictures; undefined of one that has diverged: some are no numbers. */
export async function measureDense(
  set: DenseSet,
  entries: readonly AnnotatedPicture[],
  probes: number,
  questions: DenseQuestions,
  progress?: TaskProgress,
): Promise<(DenseResult | undefined)[]> {
  const metrics: (DenseMetric | undefined)[] = Array.from({ length: probes }, () => set.metric());
  for await (const { answers, targets } of denseAnswers(pictures(set, entries), questions)) {
    for (const [p, own] of answers.entries()) {
      if (own === undefined) metrics[p] = undefined;
      else metrics[p]?.add(own, targets);
    }
    progress?.advance();
    questions.signal?.throwIfAborted();
  }
  return metrics.map((metric) => metric?.result());
}

/** Pictures in their order, the next one being read while one is looked at. */
async function* pictures(set: DenseSet, entries: readonly AnnotatedPicture[]): AsyncGenerator<DensePicture> {
  const read = (entry: AnnotatedPicture | undefined) => {
    const picture = entry && set.read(entry);
    // Told when it is its turn.
    picture?.catch(() => undefined);
    return picture;
  };
  let next = read(entries[0]);
  for (let i = 0; i < entries.length; i++) {
    const picture = await next!;
    next = read(entries[i + 1]);
    yield picture;
  }
}
