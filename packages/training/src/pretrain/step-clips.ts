import type { IndexedVideo } from '@vjepa/benchmarks';
import { pretrainingFlops } from '@vjepa/jepa';
import { type MaskPair, sliceMasks, tokenCount } from '@vjepa/masks';
import type { ClipBatch, ClipLoader, ClipLoaderOptions, SampleRequest } from '@vjepa/video';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { PlannedClips } from '../plan/planned-clips.js';
import type { RunHosts } from '../run/run-hosts.js';

/** What one loader has made for a step, and the masks of its clips. */
export interface MaskedBatch {
  batch: ClipBatch;
  masks: MaskPair[];
}

/** The clips of a run: of each length and size that its plan has, the main ones first. */
export interface StepClips {
  /** Every video that may be drawn, list by list. */
  videos: readonly IndexedVideo[];
  /** How many of these are of the main clips, by which epochs are counted. */
  mainVideos: number;
  open(onUnavailable: ClipLoaderOptions['onUnavailable']): StepLoaders;
}

/** Loaders that read the batches of a run's steps. */
export interface StepLoaders {
  decoder: ClipLoader['decoder'];
  /** Of steps `first` to `end - 1`, counted from 0, what each is trained on. */
  batches(first: number, end: number): AsyncGenerator<[main: MaskedBatch, ...others: MaskedBatch[]]>;
  close(): Promise<void>;
}

/**
 * Reads a plan's lists. Of hosts that share a run each reads its part of a step's clips.
 *
 * @throws InputError naming one that cannot be read; MaskSettingsError where masks cannot be drawn
 */
export async function readStepClips(plan: PretrainingPlan, hosts: Pick<RunHosts, 'rowsOf'>): Promise<StepClips> {
  const kinds: ClipsOfKind[] = [];
  for (const clips of [plan, ...plan.others]) {
    clips.masksAt(0);
    const datasets = await clips.readVideos();
    const videos = datasets.flatMap((dataset) => dataset.videos);
    const samplesAt = clips.samplesFor(datasets);
    const [start, end] = hosts.rowsOf(clips.batchSize);
    kinds.push({
      videos,
      loaderFor: clips.loaderFor,
      samplesAt: (step) => samplesAt(step).slice(start, end),
      masksAt: (step) => clips.masksAt(step).map((masks) => sliceMasks(masks, start, end)),
    });
  }
  return {
    videos: kinds.flatMap(({ videos }) => videos),
    mainVideos: kinds[0]!.videos.length,
    open: (onUnavailable) => openLoaders(kinds, onUnavailable),
  };
}

interface ClipsOfKind extends Pick<PlannedClips, 'loaderFor'> {
  videos: IndexedVideo[];
  samplesAt: (step: number) => SampleRequest[];
  masksAt: (step: number) => MaskPair[];
}

function openLoaders(kinds: readonly ClipsOfKind[], onUnavailable: ClipLoaderOptions['onUnavailable']): StepLoaders {
  const loaders = kinds.map(({ loaderFor, videos }) => loaderFor(videos, onUnavailable));
  return {
    decoder: () => loaders[0]!.decoder(),
    async *batches(first, end) {
      const [main, ...others] = kinds.map(({ samplesAt }, kind) =>
        loaders[kind]!.batches(samplesOf(samplesAt, first, end))[Symbol.asyncIterator](),
      );
      for (let step = first; step < end; step++) {
        const nextOf = async (batches: AsyncIterator<ClipBatch>, { masksAt }: ClipsOfKind): Promise<MaskedBatch> => {
          return { batch: (await batches.next()).value, masks: masksAt(step) };
        };
        // One after the other: they are made ahead by threads of their own, and an error is one.
        const one = await nextOf(main!, kinds[0]!);
        const more: MaskedBatch[] = [];
        for (const [other, batches] of others.entries()) more.push(await nextOf(batches, kinds[1 + other]!));
        yield [one, ...more];
      }
    },
    async close() {
      await Promise.all(loaders.map((loader) => loader.close()));
    },
  };
}

function* samplesOf<Samples>(samplesAt: (step: number) => Samples, first: number, end: number): Generator<Samples> {
  for (let step = first; step < end; step++) yield samplesAt(step);
}

/** What of batches could not be used, and what was short. */
export type BatchTroubles = Pick<ClipBatch, 'failures' | 'short'>;

/** All that of a step's batches, each place in a batch one of its own. */
export function joined(batches: readonly (BatchTroubles & { size: number })[]): BatchTroubles {
  let before = 0;
  const failures = batches.flatMap((batch) => {
    const own = batch.failures.map((failure) => ({ ...failure, position: failure.position + before }));
    before += batch.size;
    return own;
  });
  return { failures, short: batches.flatMap(({ short }) => short) };
}

/** What of a step's batches a host tells the others. */
export function troublesOf(all: readonly MaskedBatch[]): BatchTroubles & { size: number } {
  const batches = all.map(({ batch: { failures, short, shape } }) => ({ failures, short, size: shape[0]! }));
  return { ...joined(batches), size: batches.reduce((sum, { size }) => sum + size, 0) };
}

/** Floating-point operations that a step needs, all of its clips together. */
export function flopsOfStep(plan: PretrainingPlan, all: readonly Pick<MaskedBatch, 'masks'>[]): number {
  const ofKinds = [plan, ...plan.others].map(({ batchSize, grid, frames }, kind) => {
    const { context_tokens: context, target_tokens: target } = tokensOf(all[kind]!.masks);
    const models = { ...plan, encoder: { ...plan.encoder, numFrames: frames } };
    return batchSize * pretrainingFlops(models, tokenCount(grid), { context, target });
  });
  return ofKinds.reduce((sum, flops) => sum + flops, 0);
}

/** Tokens of a clip that are seen and predicted, one number for each mask. */
export function tokensOf(masks: readonly MaskPair[]) {
  return {
    context_tokens: masks.map(({ context }) => context.shape[1]),
    target_tokens: masks.map(({ target }) => target.shape[1]),
  };
}

/** A step's clips in words: `24 clips and 72 images`. */
export function describeClips({ batchSize, others }: PretrainingPlan): string {
  const more = others.map(
    ({ batchSize: size, frames }) => `${size} ${frames === 1 ? 'images' : `of ${frames} frames`}`,
  );
  return [`${batchSize} clips`, ...more].join(' and ');
}
