import type { IndexedVideo } from '@vjepa/benchmarks';
import { pretrainingFlops } from '@vjepa/jepa';
import { type MaskPair, tokenCount } from '@vjepa/masks';
import type { ClipBatch, ClipLoader, ClipLoaderOptions, SampleRequest } from '@vjepa/video';
import type { PretrainingPlan } from '../plan/plan-pretraining.js';
import type { PlannedClips } from '../plan/planned-clips.js';

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

/** Reads a plan's lists. @throws InputError naming one that cannot be read; MaskSettingsError where masks cannot be drawn */
export async function readStepClips(plan: PretrainingPlan): Promise<StepClips> {
  const kinds: ClipsOfKind[] = [];
  for (const clips of [plan, ...plan.others]) {
    clips.masksAt(0);
    const datasets = await clips.readVideos();
    const videos = datasets.flatMap((dataset) => dataset.videos);
    kinds.push({ clips, videos, samplesAt: clips.samplesFor(datasets) });
  }
  return {
    videos: kinds.flatMap(({ videos }) => videos),
    mainVideos: kinds[0]!.videos.length,
    open: (onUnavailable) => openLoaders(kinds, onUnavailable),
  };
}

interface ClipsOfKind {
  clips: PlannedClips;
  videos: IndexedVideo[];
  samplesAt: (step: number) => SampleRequest[];
}

function openLoaders(kinds: readonly ClipsOfKind[], onUnavailable: ClipLoaderOptions['onUnavailable']): StepLoaders {
  const loaders = kinds.map(({ clips, videos }) => clips.loaderFor(videos, onUnavailable));
  return {
    decoder: () => loaders[0]!.decoder(),
    async *batches(first, end) {
      const [main, ...others] = kinds.map(({ samplesAt }, kind) =>
        loaders[kind]!.batches(samplesOf(samplesAt, first, end))[Symbol.asyncIterator](),
      );
      for (let step = first; step < end; step++) {
        const nextOf = async (batches: AsyncIterator<ClipBatch>, { clips }: ClipsOfKind): Promise<MaskedBatch> => {
          return { batch: (await batches.next()).value, masks: clips.masksAt(step) };
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

/** What of a step's batches could not be used, and what was short. */
export function joined(all: readonly MaskedBatch[]): Pick<ClipBatch, 'failures' | 'short'> {
  return {
    failures: all.flatMap(({ batch }) => batch.failures),
    short: all.flatMap(({ batch }) => batch.short),
  };
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
