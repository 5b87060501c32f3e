import {
  type DavisVideo,
  type LabelMap,
  type ObjectResult,
  type VideoObjectResult,
  type VideoObjectSet,
  videoObjectMetric,
} from '@vjepa/benchmarks';
import type { Engine, HostTensor } from '@vjepa/engine';
import {
  type BeginTask,
  InputError,
  noProgress,
  option,
  requireCounts,
  requireNumbers,
  unfitSetting,
} from '@vjepa/training';
import { fixedPointResize, readImage, type Sides } from '@vjepa/video';
import type { ClipEncoder } from '@vjepa/vit';
import { repeatsOfPicture } from '../features/clip-tokens.js';
import { type FeatureExtractor, featureExtractor } from '../features/feature-extractor.js';
import { kindOf } from '../require-given.js';
import { interpolatedMap } from './interpolated-map.js';
import { type ContextFrame, nearestLabels, PROPAGATION_DEFAULTS, type PropagationSettings } from './nearest-labels.js';
import { normalizedRows, type PatchComparer, patchComparer } from './patch-similarities.js';

/** What `trackObjects` takes. */
export interface TrackObjectsOptions extends PropagationSettings {
  engine: Engine;
  encoder: ClipEncoder;
  parameters: Record<string, HostTensor>;
  /** What `loadDavis` gives. */
  set: VideoObjectSet;
  /** Pixels of the shorter side of the frames that the encoder sees, the longer in proportion; both whole patches. Default 480. */
  side?: number | undefined;
  /** The block whose features are compared, counted from 1. Default: the last. */
  layer?: number | undefined;
  /** Told of each video: the label maps of its frames, and how good they are where it is annotated. */
  onVideo?: ((video: TrackedVideo) => Promise<void> | void) | undefined;
  /** Opens a bar for each video. Default: none. */
  begin?: BeginTask | undefined;
  /** Ends the work after the frame that is under way, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** How well objects were followed, and where that is not known. */
export interface TrackingResult extends VideoObjectResult {
  /** Names of videos that are not in it: of fewer than three frames, or with the first alone annotated. */
  unmeasured: readonly string[];
}

/** A video whose objects were followed. */
export interface TrackedVideo {
  video: DavisVideo;
  /** By frame, the first as it is annotated. */
  labels: readonly LabelMap[];
  /** By object; empty where the video is not measured. */
  results: readonly ObjectResult[];
}

/**
 * Follows objects through videos without any training, as DINO evaluates on DAVIS (Caron et al. 2021, section 4.2.2): the mask of
 * the first frame is handed on from frame to frame to patches with like features. Each frame passes the encoder as a
 * picture: alone in V-JEPA 2.1 and image models, as a tubelet of equal frames in others.
 *
 * @returns J and F over all objects of videos whose frames are all annotated
 * @throws InputError naming the option that is of the wrong kind, for a first frame without objects, and for files whose size is not
 *   that of the first annotation; BenchmarkError and VideoError for files that cannot be read
 */
export async function trackObjects(options: TrackObjectsOptions): Promise<TrackingResult> {
  requirePropagation(options);
  const { set, begin = noProgress } = options;
  const metric = videoObjectMetric();
  const unmeasured: string[] = [];
  // What is wrong with a video is said before hours have gone into others.
  for (const video of set.videos) objectNumbers(video, await set.readObjects(video.annotations[0]!));
  let open: OpenedSize | undefined;
  try {
    for (const [i, video] of set.videos.entries()) {
      const annotated = await annotatedMaps(video, set);
      const first = annotated[0]!;
      const size = seenSize(first, options);
      if (open === undefined || open.size.height !== size.height || open.size.width !== size.width) {
        dispose(open);
        open = opened(size, options);
      }
      const title = `${video.name}, ${i + 1} of ${set.videos.length}`;
      const progress = begin({ title, total: video.frames.length, unit: 'frames' });
      const labels = await follow(video, first, open, options, () => progress.advance()).finally(() =>
        progress.close(),
      );
      const results: ObjectResult[] = [];
      if (annotated.length < video.frames.length || video.frames.length < 3) unmeasured.push(video.name);
      else {
        const maps = (of: readonly LabelMap[]) => of.map((map) => map.labels);
        const { height, width } = first;
        results.push(
          ...metric.add({ video: video.name, height, width, predicted: maps(labels), annotated: maps(annotated) }),
        );
      }
      await options.onVideo?.({ video, labels, results });
    }
  } finally {
    dispose(open);
  }
  return { ...metric.result(), unmeasured };
}

/** All of a video's annotations, of one size. */
async function annotatedMaps({ annotations }: DavisVideo, set: VideoObjectSet): Promise<LabelMap[]> {
  const maps: LabelMap[] = [];
  for (const annotation of annotations) {
    const map = await set.readObjects(annotation);
    requireSize(annotation, map, maps[0] ?? map);
    maps.push(map);
  }
  return maps;
}

function requirePropagation({ set, neighbours, side, ...options }: TrackObjectsOptions): void {
  const { lastFrames, radius, temperature } = PROPAGATION_DEFAULTS;
  if (!Array.isArray(set?.videos)) throw unfitSetting('set', 'what loadDavis gives', kindOf(set));
  requireCounts({ neighbours, side });
  requireNumbers({ lastFrames: options.lastFrames ?? lastFrames, radius: options.radius ?? radius }, 0);
  const asked = options.temperature ?? temperature;
  if (!(asked > 0)) throw unfitSetting('temperature', 'a number above 0', asked);
}

/** What frames of one size need. */
interface OpenedSize {
  size: Sides;
  extractor: FeatureExtractor;
  comparer: PatchComparer;
}

/** Of one frame's similarities to another; a video keeps as many as it looks back to. */
const MOST_BYTES = 4 * 1024 ** 3;

function opened(size: Sides, { engine, encoder, parameters, layer }: TrackObjectsOptions): OpenedSize {
  const patches = (size.height / encoder.patchSize) * (size.width / encoder.patchSize);
  const bytes = patches ** 2 * Float32Array.BYTES_PER_ELEMENT;
  if (bytes > MOST_BYTES) {
    const many = `frames of ${size.height} x ${size.width} have ${patches} patches, whose similarities between two frames`;
    const problem = `${many} would take ${(bytes / 1024 ** 3).toFixed(1)} GiB, and at most 4 are kept`;
    throw new InputError({ subject: option('side'), problem, remedy: 'give a smaller one' });
  }
  const extractor = featureExtractor({
    ...{ engine, encoder, parameters, size, frames: 1, repeats: repeatsOfPicture(encoder) },
    ...(layer !== undefined && { layers: [layer] }),
  });
  return { size, extractor, comparer: patchComparer(engine) };
}

function dispose(open: OpenedSize | undefined): void {
  open?.extractor.dispose();
  open?.comparer.dispose();
}

function seenSize({ height, width }: Sides, { side = 480, encoder: { patchSize } }: TrackObjectsOptions): Sides {
  const scale = side / Math.min(height, width);
  const patches = (length: number) => Math.max(1, Math.round((length * scale) / patchSize));
  return { height: patches(height) * patchSize, width: patches(width) * patchSize };
}

/** A frame whose labels others take over. */
interface KnownFrame {
  /** [N, D], rows of length 1. */
  features: Float32Array;
  /** [N, C] */
  labels: Float32Array;
}

/** The label maps of a video's frames. */
async function follow(
  video: DavisVideo,
  first: LabelMap,
  { size, extractor, comparer }: OpenedSize,
  options: TrackObjectsOptions,
  onFrame: () => void,
): Promise<LabelMap[]> {
  const { lastFrames = PROPAGATION_DEFAULTS.lastFrames, signal } = options;
  const objects = objectNumbers(video, first);
  const { grid } = extractor;
  const known: KnownFrame[] = [{ features: new Float32Array(0), labels: gridLabels(first, objects, grid) }];
  const maps: LabelMap[] = [first];
  for (let start = 0; start < video.frames.length; start += extractor.batchSize) {
    const paths = video.frames.slice(start, start + extractor.batchSize);
    const features = await framesFeatures(paths, extractor, first, size);
    for (const [i, own] of features.entries()) {
      signal?.throwIfAborted();
      if (start + i === 0) known[0]!.features = own;
      else {
        const context: ContextFrame[] = [];
        for (const frame of known) {
          context.push({
            similarities: await comparer.compare(own, frame.features, extractor.width),
            labels: frame.labels,
          });
        }
        const labels = nearestLabels(context, grid, options);
        maps.push(objectMap(labels, objects, grid, first));
        known.push({ features: own, labels });
        // The first frame stays.
        if (known.length > lastFrames + 1) known.splice(1, 1);
      }
      onFrame();
    }
  }
  return maps;
}

/** Classes of a video: the background, then its objects' numbers, ascending. */
function objectNumbers(video: DavisVideo, { labels }: LabelMap): number[] {
  const objects = [...new Set(labels as Uint8Array)].filter((label) => label > 0 && label < 255);
  if (objects.length > 0) return [0, ...objects.sort((a, b) => a - b)];
  throw new InputError({ subject: video.annotations[0]!, problem: 'has no object to follow' });
}

/** Features of frames, each patch of length 1. */
async function framesFeatures(
  paths: readonly string[],
  extractor: FeatureExtractor,
  original: Sides,
  size: Sides,
): Promise<Float32Array[]> {
  const frames = await Promise.all(paths.map((path) => readImage(path)));
  const pixels = new Uint8Array(paths.length * size.height * size.width * 3);
  for (const [i, frame] of frames.entries()) {
    requireSize(paths[i]!, frame, original);
    pixels.set(fixedPointResize(frame, size).data, (i * pixels.length) / paths.length);
  }
  const features = await extractor.extract(pixels, paths.length);
  const length = features.length / paths.length;
  return paths.map((_, i) => normalizedRows(features.subarray(i * length, (i + 1) * length), extractor.width));
}

function requireSize(path: string, { height, width }: Sides, expected: Sides): void {
  if (height === expected.height && width === expected.width) return;
  const problem = `is ${width} x ${height}, and the first frame's annotation ${expected.width} x ${expected.height}`;
  throw new InputError({ subject: path, problem });
}

/** [N, C] of zeros and ones: each patch has the class of the pixel in its middle. */
function gridLabels({ labels, height, width }: LabelMap, objects: readonly number[], grid: Sides): Float32Array {
  const shares = new Float32Array(grid.height * grid.width * objects.length);
  for (let patch = 0; patch < grid.height * grid.width; patch++) {
    const y = Math.floor(((Math.floor(patch / grid.width) + 0.5) * height) / grid.height);
    const x = Math.floor((((patch % grid.width) + 0.5) * width) / grid.width);
    shares[patch * objects.length + Math.max(0, objects.indexOf(labels[y * width + x]!))] = 1;
  }
  return shares;
}

/** The object of each pixel: shares are interpolated, each class's stretched to 0..1 over the frame, and the largest wins. */
function objectMap(
  shares: Float32Array,
  objects: readonly number[],
  grid: Sides,
  { height, width }: LabelMap,
): LabelMap {
  const C = objects.length;
  const values = interpolatedMap(shares, grid, { height, width });
  const [least, most] = [new Float32Array(C).fill(Number.POSITIVE_INFINITY), new Float32Array(C)];
  for (const [i, value] of values.entries()) {
    least[i % C] = Math.min(least[i % C]!, value);
    most[i % C] = Math.max(most[i % C]!, value);
  }
  const labels = new Uint8Array(height * width);
  for (let pixel = 0; pixel < labels.length; pixel++) {
    let [best, largest] = [0, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < C; c++) {
      const range = most[c]! - least[c]!;
      const value = values[pixel * C + c]!;
      const stretched = range > 0 ? (value - least[c]!) / range : value;
      if (stretched > largest) [best, largest] = [c, stretched];
    }
    labels[pixel] = objects[best]!;
  }
  return { height, width, labels };
}
