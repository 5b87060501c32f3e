import { type Dataset, IMAGE_EXTENSIONS, type IndexedVideo } from '@vjepa/benchmarks';
import type { ClipLoader, ClipLoaderOptions, SampleRequest } from '@vjepa/video';
import { type ClipEncoder, isVjepa2, type TokenGrid, tokenGrid } from '@vjepa/vit';
import { datasetOrder, stepSamples } from './data-order.js';
import type { FilledInSettings } from './pretraining-settings.js';
import { readPretrainingVideos } from './read-videos.js';
import { runLoader } from './run-loader.js';
import { type StepMasks, stepMasks } from './step-masks.js';

/** Clips of one length and size: which videos they are of, how they are read, and their masks, all as functions of the step. */
export interface PlannedClips {
  /** Clips of a step. */
  batchSize: number;
  /** T and S, frames and side of a clip. */
  frames: number;
  side: number;
  /** Of the tokens of a clip. */
  grid: TokenGrid;
  /** The masks of a step, counted from 0. */
  masksAt: StepMasks;
  /** Reads lists, folders and shards. @throws InputError naming the one that is wrong */
  readVideos(): Promise<Dataset[]>;
  /** Which videos each step draws, counted from 0. */
  samplesFor(datasets: readonly Dataset[], batchSize?: number): (step: number) => SampleRequest[];
  /** Reads augmented clips of these videos. */
  loaderFor(videos: readonly IndexedVideo[], onUnavailable?: ClipLoaderOptions['onUnavailable']): ClipLoader;
}

/** All clips of a step, of whatever length. */
export function clipsOfStep({ batchSize, others }: PlannedClips & { others: readonly PlannedClips[] }): number {
  return others.reduce((sum, clips) => sum + clips.batchSize, batchSize);
}

/** What clips are planned from. */
type ClipPlan = Pick<FilledInSettings, 'videos' | 'batchSize' | 'clips' | 'augmentation' | 'masks' | 'seed'>;

/**
 * Plans clips of the size that an encoder takes; of one frame they are images.
 *
 * @throws MaskSettingsError when the masks cannot be drawn on the grid
 */
export function plannedClips(settings: ClipPlan, encoder: ClipEncoder): PlannedClips {
  const { batchSize, clips, seed, videos } = settings;
  const grid = tokenGrid(encoder);
  const isImages = encoder.numFrames === 1;
  const weighting = isVjepa2(encoder) ? 'vjepa2' : 'seeded';
  return {
    ...{ batchSize, grid, frames: encoder.numFrames, side: encoder.imageSize },
    masksAt: stepMasks({ ...settings, grid }),
    readVideos: () =>
      readPretrainingVideos(videos, { fraction: clips.fraction, seed }, isImages ? IMAGE_EXTENSIONS : undefined),
    samplesFor(datasets, size = batchSize) {
      const order = datasetOrder({ ...clips, videos, seed, weighting }, datasets);
      const length = datasets.reduce((sum, dataset) => sum + dataset.videos.length, 0);
      return (step) => stepSamples(order, length, size, step);
    },
    loaderFor: (read, onUnavailable) => runLoader(settings, encoder, read, onUnavailable),
  };
}
