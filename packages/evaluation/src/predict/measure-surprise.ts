import { compileNotice, type Engine } from '@vjepa/engine';
import { futureMask, type MaskPair, type TokenGrid } from '@vjepa/masks';
import { type BeginTask, InputError, noProgress, requireCounts } from '@vjepa/training';
import { tokenGrid } from '@vjepa/vit';
import { clipSpacing } from '../evaluate/clip-recipe.js';
import { decoderLine } from '../evaluate/decoder-line.js';
import type { LeftOut } from '../features/left-out.js';
import { resultsOfFiles } from '../features/results-of-files.js';
import { openedEngine, requireEncoder, requireFileList } from '../require-given.js';
import { type FeaturePredictor, type FeaturePredictorOptions, featurePredictor } from './feature-predictor.js';
import { SurpriseSums } from './surprise-sums.js';
import { openWindows, type VideoWindowSettings, type VideoWindows } from './video-windows.js';

/** What `measureSurprise` takes. */
export interface MeasureSurpriseOptions
  extends Omit<FeaturePredictorOptions, 'engine' | 'mask' | 'clipSize'>,
    Pick<VideoWindowSettings, 'frameStep' | 'duration' | 'clipRate' | 'decoder' | 'timeoutMs' | 'patienceMs'> {
  /** What computes, or what starts it. */
  engine: Engine | (() => Promise<Engine>);
  files: readonly { path: string; name: string }[];
  /** Which tokens of a clip are predicted from which. Default: the second half of its time steps from the first. */
  mask?: MaskPair | undefined;
  /** Time steps from one clip to the next. Default: as many as have targets, so that each is predicted once. */
  shift?: number | undefined;
  /** Frames of each video that are kept for pictures, spread over its time steps. Default: none. */
  pictures?: number | undefined;
  /** Told of each line. Default: nothing is said. */
  log?: ((line: string) => void) | undefined;
  /** Opens a bar. Default: none. */
  begin?: BeginTask | undefined;
}

/** A time step of a video. */
export interface SurpriseStep {
  /** The frame of the video that it begins with. */
  frame: number;
  /** When that is shown, in seconds after the first frame; undefined where the file does not tell. */
  second: number | undefined;
  /** Mean distance of prediction and target over the step's targets; undefined where it has none. */
  surprise: number | undefined;
  /** The same for predicting the mean of the clip's features: what the surprise is to be compared with. */
  baseline: number | undefined;
}

/** How far predictions of a video are off. */
export interface VideoSurprise {
  name: string;
  steps: SurpriseStep[];
  /** [steps, H', W'], NaN where nothing is predicted. */
  map: Float32Array;
  /** Frames kept for pictures: the first of a time step as the encoder sees it, [S, S, 3]. */
  pictures: { step: number; pixels: Uint8Array }[];
  /** Predictions and targets of each clip, [Kt, E], where features are kept. */
  clips: { step: number; predictions: Float32Array; targets: Float32Array }[];
}

/** What `measureSurprise` found. */
export interface MeasuredSurprise {
  videos: VideoSurprise[];
  leftOut: LeftOut[];
  /** Of a clip's tokens. */
  grid: TokenGrid;
  mask: MaskPair;
  /** E, width of the features. */
  width: number;
}

/** Most bytes of predictions and targets, each. */
const MOST_BYTES = 2 ** 31;

/**
 * How far the features of videos are from what was to be expected: each time step as a predictor sees it coming, by default
 * from the time steps before it, and as the target encoder sees it. A video is taken as clips that follow each other, from
 * its beginning to its end; nothing is random. Files that cannot be read, or are shorter than a clip, are left out.
 *
 * The number is a distance in features that are normed, but of no unit: it is to be compared with `baseline`, with other
 * times of the same video and other videos, through the same models and mask.
 *
 * @throws InputError when models and mask do not belong together, or no file can be read; VideoError when there is no decoder
 */
export async function measureSurprise(options: MeasureSurpriseOptions): Promise<MeasuredSurprise> {
  const { encoder, files, keepFeatures = false, log = () => undefined, begin = noProgress } = options;
  requireFileList(files);
  requireEncoder(encoder);
  const made = tokenGrid(encoder);
  const mask = options.mask ?? futureMask(made, Math.max(1, Math.floor(made.depth / 2)));
  requireCounts({ shift: options.shift, frameStep: options.frameStep });
  const engine = await openedEngine(options.engine);
  log(engine.description);
  const compiling = compileNotice(engine, 'encoder and predictor', encoder.depth + options.predictor.depth);
  if (compiling !== undefined) log(compiling);
  log(await decoderLine(options.decoder));
  const { imageSize: size, numFrames } = encoder;
  const tubeletSize = numFrames === 1 ? 1 : encoder.tubeletSize;
  const frames = made.depth * tubeletSize;
  const predictor = featurePredictor({ ...options, engine, mask, clipSize: [frames, size, size] });
  const { decoder, timeoutMs, patienceMs } = options;
  const settings: VideoWindowSettings = {
    ...clipSpacing(encoder, options),
    ...{ decoder, timeoutMs, patienceMs, frames, tubeletSize, size },
    shift: options.shift ?? stepsWithTargets(mask, predictor.grid),
  };
  const room = { left: MOST_BYTES };
  const watched = { predictor, mask, settings, pictures: options.pictures ?? 0 };
  try {
    const { results, leftOut } = await resultsOfFiles<File, VideoSurprise>({
      ...{ files, unit: 'files', begin },
      async *resultsOf(some, failing) {
        for await (const found of surpriseOfEach(some, watched, failing)) {
          if (keepFeatures) requireRoom(found.result, room);
          yield found;
        }
      },
    });
    return { videos: results, leftOut, grid: predictor.grid, mask, width: predictor.width };
  } finally {
    predictor.dispose();
  }
}

type File = MeasureSurpriseOptions['files'][number];

interface Watched {
  predictor: FeaturePredictor;
  mask: MaskPair;
  settings: VideoWindowSettings;
  pictures: number;
}

/** A video whose clips are under way. */
interface OpenedVideo {
  file: File;
  windows: VideoWindows;
  sums: SurpriseSums;
  result: VideoSurprise;
}

/** Clips of several videos pass together; a video is given when its last clip has passed. */
async function* surpriseOfEach(
  files: readonly File[],
  { predictor, mask, settings, pictures }: Watched,
  failing: (file: File, error: unknown) => void,
): AsyncGenerator<{ file: File; result: VideoSurprise }> {
  async function* clips() {
    for (const file of files) {
      let windows: VideoWindows | undefined;
      try {
        windows = await openWindows(file.path, settings);
        const { steps } = windows;
        const result: VideoSurprise = { name: file.name, steps: [], map: new Float32Array(), pictures: [], clips: [] };
        const opened: OpenedVideo = { file, windows, sums: new SurpriseSums(steps, predictor.grid), result };
        const wanted = spread(steps, pictures);
        for await (const { step, clip } of windows.windows()) {
          keepPictures(result, wanted, step, clip, settings);
          yield { opened, step, clip, last: step + predictor.grid.depth === steps };
        }
      } catch (error) {
        failing(file, error);
      } finally {
        await windows?.close();
      }
    }
  }
  for await (const { opened, step, last, clip: _pixels, ...prediction } of predictor.predictEach(clips())) {
    const { file, windows, sums, result } = opened;
    sums.add(step, mask.target.indices, prediction);
    const { predictions, targets } = prediction;
    if (predictions !== undefined && targets !== undefined) result.clips.push({ step, predictions, targets });
    if (!last) continue;
    result.map = sums.map();
    result.steps = Array.from({ length: windows.steps }, (_, t) => {
      const { surprise, baseline } = sums.ofStep(t) ?? {};
      return { frame: windows.frameOf(t), second: windows.secondOf(t), surprise, baseline };
    });
    yield { file, result };
  }
}

/** How many time steps of a clip have targets. */
function stepsWithTargets({ target }: MaskPair, { height, width }: TokenGrid): number {
  return new Set(Array.from(target.indices, (token) => Math.floor(token / (height * width)))).size;
}

/** At most `most` of the numbers 0 .. count - 1, at equal distances. */
function spread(count: number, most: number): Set<number> {
  const wanted = Math.min(count, most);
  return new Set(Array.from({ length: wanted }, (_, i) => Math.floor(((i + 0.5) * count) / wanted)));
}

/** Takes the first frame of each wanted time step out of a clip. */
function keepPictures(
  result: VideoSurprise,
  wanted: Set<number>,
  step: number,
  clip: Uint8Array,
  { frames, tubeletSize, size }: VideoWindowSettings,
): void {
  const length = size * size * 3;
  for (let t = 0; t < Math.floor(frames / tubeletSize); t++) {
    if (!wanted.delete(step + t)) continue;
    const start = t * tubeletSize * length;
    result.pictures.push({ step: step + t, pixels: clip.slice(start, start + length) });
  }
}

/** @throws InputError when predictions are more than a file of them may hold */
function requireRoom({ clips }: VideoSurprise, room: { left: number }): void {
  for (const { predictions } of clips) room.left -= predictions.byteLength;
  if (room.left >= 0) return;
  throw new InputError({
    problem: 'the predictions would take more than 2 GiB in a safetensors file',
    remedy: 'predict fewer videos at once, or keep no features',
    code: 'too-large',
  });
}
