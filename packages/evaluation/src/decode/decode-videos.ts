import type { Engine } from '@vjepa/engine';
import type { MaskPair, TokenGrid } from '@vjepa/masks';
import { type BeginTask, noProgress, requireCounts, unfitSetting } from '@vjepa/training';
import { type CentreClipOptions, centreClip } from '@vjepa/video';
import { isVjepa2, tokenGrid } from '@vjepa/vit';
import { decoderLine } from '../evaluate/decoder-line.js';
import type { LeftOut } from '../features/left-out.js';
import { resultsOfFiles } from '../features/results-of-files.js';
import { type FeaturePredictorOptions, featurePredictor } from '../predict/feature-predictor.js';
import type { PredictingModels } from '../predict/load-predicting-models.js';
import { maskIndexOf, type PredictionMaskKind, predictionMask } from '../predict/prediction-mask.js';
import { openedEngine, requireFileList } from '../require-given.js';
import { patchPlaces, peakSignalToNoise, squaredError, withMeanColor, withPixels } from './decoded-pixels.js';
import { requireSeed } from './decoder-plan.js';
import { type PixelDecoder, requireDecoderOf } from './pixel-decoder-file.js';
import { pixelSampler } from './pixel-sampler.js';

/** What `decodeVideos` takes: engine, models, decoder and files are needed. */
export interface DecodeVideosOptions
  extends Omit<PredictingModels, 'notes'>,
    Pick<FeaturePredictorOptions, 'modality' | 'positions'>,
    Pick<CentreClipOptions, 'decoder' | 'timeoutMs' | 'patienceMs'> {
  /** What computes, or what starts it. */
  engine: Engine | (() => Promise<Engine>);
  files: readonly { path: string; name: string }[];
  /** What `loadPixelDecoder` gives. */
  pixelDecoder: PixelDecoder;
  /** What is hidden: a mask of one clip, or one of a kind, drawn from the seed. Default: the first kind of the training. */
  mask?: MaskPair | PredictionMaskKind | undefined;
  /** Of `future`: the share of the clip that is seen. Default: the training's. */
  context?: number | undefined;
  /** Which mask token the predictor is asked by. Default: as in the training. */
  maskIndex?: number | undefined;
  /** Samples of each clip. Default 4. */
  samples?: number | undefined;
  /** Steps from noise to pixels. Default 32. */
  steps?: number | undefined;
  /** Draws noise, and the mask. Default 0. */
  seed?: number | undefined;
  /** Told of each line. Default: nothing is said. */
  log?: ((line: string) => void) | undefined;
  /** Opens a bar. Default: none. */
  begin?: BeginTask | undefined;
}

/** A clip, what was hidden of it, and what was made of the features there. Clips are pixels 0..255, [T, S, S, 3]. */
export interface DecodedVideo {
  name: string;
  clip: Uint8Array;
  /** The clip with what was decoded in the place of what was hidden: each from the predictions and noise of its own. */
  samples: Uint8Array[];
  /** The same from the target encoder's features, which has seen all: what the decoder can do. */
  fromTargets: Uint8Array;
  quality: DecodingQuality;
}

/** How near to the clip the decoded pixels are: peak signal-to-noise ratios, in decibels, over what was hidden. */
export interface DecodingQuality {
  /** Of one sample: of the mean squared error over them. */
  samples: number;
  /** Of the mean of the samples: nearer to the clip than one of them, as far as they differ. */
  meanSample: number;
  fromTargets: number;
  /** Of the mean colour of what is seen: what can be had without a model. */
  meanColor: number;
  /** Deviation of the samples from each other, root mean square of 0..255: what the predictions leave open. */
  deviation: number;
}

/** What `decodeVideos` found. */
export interface DecodedVideos {
  videos: DecodedVideo[];
  leftOut: LeftOut[];
  /** Of a clip's tokens. */
  grid: TokenGrid;
  mask: MaskPair;
  tubeletSize: number;
}

/**
 * Features of what is hidden of videos, made visible (V-JEPA, section on qualitative evaluation): of the clip in the middle of
 * each, the predictor says what features are at the masked tokens, and a decoder that sees these features and nothing else
 * turns them into pixels, several times from other noise. What samples agree in, the features hold; where they differ, they
 * leave it open. The same seed gives the same samples.
 *
 * Files that cannot be read are left out.
 *
 * @throws InputError when models, decoder and mask do not belong together, or no file can be read; VideoError when there is
 *   no decoder of videos
 */
export async function decodeVideos(options: DecodeVideosOptions): Promise<DecodedVideos> {
  const { files, pixelDecoder, encoder, samples = 4, steps = 32, seed = 0, log = () => undefined } = options;
  const { begin = noProgress } = options;
  requireFileList(files);
  requireCounts({ samples, steps });
  requireSeed(seed);
  if (typeof pixelDecoder?.config !== 'object') {
    throw unfitSetting('pixelDecoder', 'what loadPixelDecoder gives', pixelDecoder);
  }
  const grid = tokenGrid(encoder);
  requireDecoderOf(pixelDecoder, options);
  const { mask, maskIndex } = askedMask(options, grid);
  const engine = await openedEngine(options.engine);
  log(engine.description);
  log(await decoderLine(options.decoder));
  const { config, training } = pixelDecoder;
  const size = encoder.imageSize;
  const frames = grid.depth * config.tubeletSize;
  const predictor = featurePredictor({
    ...{ ...options, engine, mask, maskIndex, clipSize: [frames, size, size], keepFeatures: true },
    batchSize: engine.devices,
  });
  const sampler = pixelSampler({ engine, decoder: pixelDecoder, places: mask.target, steps, seed });
  const places = patchPlaces(config, mask.target);
  const { decoder, timeoutMs, patienceMs } = options;
  const sampling = { ...training.clips, framesPerClip: frames, size, decoder, timeoutMs, patienceMs };
  const draws = Array.from({ length: samples }, (_, draw) => draw);
  try {
    const { results, leftOut } = await resultsOfFiles<File, DecodedVideo>({
      ...{ files, unit: 'videos', begin },
      async *resultsOf(some, failing) {
        async function* clips() {
          for (const file of some) {
            try {
              yield { file, clip: (await centreClip(file.path, sampling)).pixels };
            } catch (error) {
              failing(file, error);
            }
          }
        }
        for await (const { file, clip, predictions, targets } of predictor.predictEach(clips())) {
          const features = [...draws.map(() => predictions!), targets!];
          const patches = await sampler.sample(features, [...draws, 0]);
          yield { file, result: decoded(file.name, clip, patches, places) };
        }
      },
    });
    return { videos: results, leftOut, grid, mask, tubeletSize: config.tubeletSize };
  } finally {
    sampler.dispose();
    predictor.dispose();
  }
}

/** How well something is decoded, in one line. */
export function describeDecoding(name: string, quality: DecodingQuality): string {
  const { samples, meanSample, fromTargets, meanColor, deviation } = quality;
  const decibels = (value: number) => `${value.toFixed(1)} dB`;
  return (
    `${name}: samples ${decibels(samples)}, their mean ${decibels(meanSample)}, of the targets' features ` +
    `${decibels(fromTargets)}, the mean colour ${decibels(meanColor)}; samples differ by ${deviation.toFixed(1)} of 255`
  );
}

type File = DecodeVideosOptions['files'][number];

/** The mask that is asked for, and the mask token for it. */
function askedMask(
  { mask: asked, context, maskIndex, seed, encoder, pixelDecoder }: DecodeVideosOptions,
  grid: TokenGrid,
): { mask: MaskPair; maskIndex: number } {
  const { training } = pixelDecoder;
  const kind = typeof asked === 'string' ? asked : training.masks[0]!;
  const own = { kind, context: context ?? training.context, seed };
  const mask = typeof asked === 'object' ? asked : predictionMask(grid, own).mask;
  return { mask, maskIndex: maskIndex ?? training.maskIndex ?? usualMaskIndex(encoder, kind) };
}

/** The mask token for masks of a kind: that of V-JEPA's objective; of V-JEPA 2, whose published models are asked by it, 1. */
export function usualMaskIndex(encoder: PredictingModels['encoder'], kind: PredictionMaskKind): number {
  return isVjepa2(encoder) ? 1 : maskIndexOf(kind);
}

/** @param patches of each sample, and at last from the targets */
function decoded(name: string, clip: Uint8Array, patches: readonly Float32Array[], places: Int32Array): DecodedVideo {
  const clips = patches.map((values) => withPixels(clip, places, values));
  const [samples, fromTargets] = [clips.slice(0, -1), clips.at(-1)!];
  const mean = Uint8Array.from(clip);
  let variance = 0;
  for (const place of places) {
    const value = samples.reduce((sum, sample) => sum + sample[place]!, 0) / samples.length;
    variance += samples.reduce((sum, sample) => sum + (sample[place]! - value) ** 2, 0) / samples.length;
    mean[place] = Math.round(value);
  }
  const error = samples.reduce((sum, sample) => sum + squaredError(sample, clip, places), 0) / samples.length;
  const quality: DecodingQuality = {
    samples: peakSignalToNoise(error),
    meanSample: peakSignalToNoise(squaredError(mean, clip, places)),
    fromTargets: peakSignalToNoise(squaredError(fromTargets, clip, places)),
    meanColor: peakSignalToNoise(squaredError(withMeanColor(clip, places), clip, places)),
    deviation: Math.sqrt(variance / places.length),
  };
  return { name, clip, samples, fromTargets, quality };
}
